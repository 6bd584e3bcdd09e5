import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { isAwsError } from '../shared/aws-error';
import { ACCELERATORS } from '../shared/execution-input';
import { InvalidInput } from '../shared/step-errors';
import { IN_SERVICE_KEY } from '../shared/in-service';

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

/**
 * The model that was in service last, by the record that Promote keeps.
 *
 * @throws InvalidInput when none ever was
 */
export async function lastModel(artifactsBucket: string, s3: S3Client): Promise<LastModel> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: artifactsBucket, Key: IN_SERVICE_KEY }));
    return v.parse(recordSchema, await Body?.transformToString());
  } catch (error) {
    if (isAwsError(error, 'NoSuchKey')) {
      throw new InvalidInput('endpoint cannot be bring-back: no model was ever in service; start with {} to train one');
    }
    throw error;
  }
}
