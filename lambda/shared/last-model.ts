import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { isAwsError } from './aws-error';
import { ACCELERATORS } from './execution-input';
import { IN_SERVICE_KEY } from './in-service';

const recordSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    modelDataUrl: v.string(),
    serving: v.object({
      accelerator: v.picklist([...ACCELERATORS, 'none']),
      modelDataUrl: v.string(),
      reason: v.nullable(v.string()),
    }),
  }),
);

/** What was in service: the model, and what served it. */
export type LastModel = v.InferOutput<typeof recordSchema>;

/** The model that was in service last, by the record that Promote keeps; undefined when none ever was. */
export async function lastModel(artifactsBucket: string, s3: S3Client): Promise<LastModel | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: artifactsBucket, Key: IN_SERVICE_KEY }));
    return v.parse(recordSchema, await Body?.transformToString());
  } catch (error) {
    if (isAwsError(error, 'NoSuchKey')) {
      return undefined;
    }
    throw error;
  }
}
