import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { isAwsError } from './aws-error';
import { IN_SERVICE_KEY } from './in-service';

/**
 * What Promote recorded of what is in service, or was last.
 *
 * @param schema of what the caller wants of it
 * @returns undefined when nothing ever was in service
 * @throws ValiError for another record, and what S3 throws
 */
export async function readInServiceRecord<T>(
  schema: v.GenericSchema<unknown, T>,
  artifactsBucket: string,
  s3: S3Client,
): Promise<T | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: artifactsBucket, Key: IN_SERVICE_KEY }));
    return v.parse(v.pipe(v.string(), v.parseJson(), schema), await Body?.transformToString());
  } catch (error) {
    if (isAwsError(error, 'NoSuchKey')) {
      return undefined;
    }
    throw error;
  }
}
