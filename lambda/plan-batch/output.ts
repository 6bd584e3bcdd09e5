import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { isAwsError } from '../shared/aws-error';
import { BATCH_MARKER, type BatchMarker } from '../shared/batch';
import { readJson, writeNewJson } from '../shared/json-objects';
import { parseS3Uri } from '../shared/s3-uri';
import { InvalidInput } from '../shared/step-errors';

/**
 * Marks an empty output folder as a run's, which it may be already. Of two runs that begin together, one gets it.
 *
 * @param output the s3:// URL of a folder, without a slash at its end
 * @throws InvalidInput when it holds something else, or may not be written
 */
export async function claimOutput(output: string, runId: string, s3: S3Client): Promise<void> {
  const { bucket, key } = parseS3Uri(`${output}/`);
  const uri = `${output}/${BATCH_MARKER}`;
  try {
    const { KeyCount = 0 } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }));
    if (KeyCount === 0 && (await writeNewJson(s3, uri, { runId } satisfies BatchMarker))) {
      return;
    }
    const marker = await readJson<BatchMarker>(s3, uri);
    if (marker?.runId === runId) {
      return;
    }
    if (marker !== undefined) {
      throw new InvalidInput(
        `output ${output} has the results of another run, of another input, model or options: choose another folder or empty this one` +
          '; to go on with that run, give what it was started with, its model as modelDataUrl if another is in service since',
      );
    }
    if (KeyCount > 0) {
      throw new InvalidInput(
        `output ${output} is not empty, and is no run's: choose another folder, or empty this one`,
      );
    }
    // What was written meanwhile is deleted again.
    await claimOutput(output, runId, s3);
  } catch (error) {
    if (isAwsError(error, 'NoSuchBucket', 'AccessDenied', 'Forbidden')) {
      throw new InvalidInput(
        `output ${output} ${error.name === 'NoSuchBucket' ? 'is in a bucket that does not exist' : 'may not be written'}: choose ` +
          'a folder of the data bucket, or add its bucket to batch.outputBuckets of the configuration',
        { cause: error },
      );
    }
    throw error;
  }
}
