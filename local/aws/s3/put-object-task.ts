import { Readable } from 'node:stream';
import * as v from 'valibot';
import { TaskError } from '../step-functions/errors';
import type { TaskHandler } from '../step-functions/task';
import { NoSuchBucket, type ObjectStore } from './object-store';

/**
 * Body is an object or a list only: Step Functions writes those as JSON, while its documentation does not say whether it
 * writes a plain string with its quotes or without.
 */
const putObjectArguments = v.strictObject({
  Bucket: v.string(),
  Key: v.string(),
  Body: v.union([v.record(v.string(), v.unknown()), v.array(v.unknown())], 'Body must be an object or a list'),
  ContentType: v.optional(v.string()),
});

/** The task `arn:aws:states:::aws-sdk:s3:putObject`, for JSON. */
export function putObjectTask(objects: ObjectStore): TaskHandler {
  return async (given) => {
    const parsed = v.safeParse(putObjectArguments, given);
    if (!parsed.success) {
      throw new TaskError('States.Runtime', `s3:putObject cannot take these Arguments: ${parsed.issues[0].message}`);
    }
    const { Bucket, Key, Body } = parsed.output;
    try {
      const { etag } = await objects.put(Bucket, Key, Readable.from([JSON.stringify(Body)]));
      return { ETag: etag };
    } catch (error) {
      throw error instanceof NoSuchBucket ? new TaskError('S3.NoSuchBucketException', error.message) : error;
    }
  };
}
