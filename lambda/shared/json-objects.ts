import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { json } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { isAwsError } from './aws-error';
import { parseS3Uri } from './s3-uri';

/** What a step of this application has written for another; undefined where there is no such object. */
export async function readJson<T>(s3: S3Client, uri: string): Promise<T | undefined> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await json(Body as Readable)) as T;
  } catch (error) {
    if (error instanceof NoSuchKey) {
      return undefined;
    }
    throw error;
  }
}

/** Writes an object that `readJson`, or a person, reads. */
export async function writeJson(s3: S3Client, uri: string, value: object): Promise<void> {
  await s3.send(new PutObjectCommand(jsonObject(uri, value)));
}

/**
 * Writes such an object where there is none. Of several writers at once, one does.
 *
 * @returns whether it was written
 */
export async function writeNewJson(s3: S3Client, uri: string, value: object): Promise<boolean> {
  try {
    await s3.send(new PutObjectCommand({ ...jsonObject(uri, value), IfNoneMatch: '*' }));
    return true;
  } catch (error) {
    // The latter where it is written or deleted in the same moment.
    if (isAwsError(error, 'PreconditionFailed', 'ConditionalRequestConflict')) {
      return false;
    }
    throw error;
  }
}

function jsonObject(uri: string, value: object): PutObjectCommandInput {
  const { bucket, key } = parseS3Uri(uri);
  const body = `${JSON.stringify(value, null, 2)}\n`;
  return { Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' };
}
