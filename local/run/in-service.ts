import * as v from 'valibot';
import { IN_SERVICE_KEY } from '../../lambda/shared/in-service';
import { NoSuchKey } from '../aws/s3/object-store';
import type { LocalCloud } from './cloud';

const recordSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    modelDataUrl: v.string(),
    metrics: v.nullable(v.record(v.string(), v.number())),
    promotedAt: v.string(),
    report: v.nullish(v.string(), null),
  }),
);

/** What Promote has recorded of the model that is in service, or was last; undefined where none ever was. */
export async function readInService(cloud: LocalCloud): Promise<v.InferOutput<typeof recordSchema> | undefined> {
  const bucket = cloud.output('ArtifactsBucketName');
  if (bucket === undefined) {
    return undefined;
  }
  try {
    return v.parse(recordSchema, (await cloud.objects.read(bucket, IN_SERVICE_KEY)).toString());
  } catch (error) {
    // The first endpoint is there before it is tested and recorded.
    if (error instanceof NoSuchKey) {
      return undefined;
    }
    throw error;
  }
}
