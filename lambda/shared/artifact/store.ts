import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isAwsError } from '../aws-error';
import { type Reference, referenceUrl } from '../reference';
import { reportUrl } from '../report';
import { InvalidArtifact } from '../step-errors';
import { parseS3Uri, type S3Location } from '../s3-uri';

/** The most that S3 copies in one request. */
const LARGEST_BYTES = 5 * 1024 ** 3;

/** An artifact that is open for reading. */
export interface StoredArtifact {
  readonly body: Readable;
  /** Tells this very content from what may be written under the same name later. */
  readonly etag: string | undefined;
}

/**
 * Opens a model.tar.gz.
 *
 * @throws InvalidArtifact when it does not exist, may not be read, or is larger than S3 copies in one request
 */
export async function openArtifact(uri: string, s3: S3Client): Promise<StoredArtifact> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    const { Body, ETag, ContentLength } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const body = Body as Readable;
    if (ContentLength !== undefined && ContentLength > LARGEST_BYTES) {
      body.destroy();
      throw new InvalidArtifact(
        `${uri} has more than 5 GiB, which is more than S3 copies; store the weights as float16`,
      );
    }
    return { body, etag: ETag };
  } catch (error) {
    if (isAwsError(error, 'NoSuchKey', 'NoSuchBucket')) {
      throw new InvalidArtifact(`there is no ${uri}; correct modelDataUrl or train again`, { cause: error });
    }
    if (isAwsError(error, 'AccessDenied', 'Forbidden')) {
      throw new InvalidArtifact(
        `${uri} may not be read; allow it in the bucket's policy or copy it to the artifacts bucket`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

/** Where an artifact is whose content alone decides the name, so that an equal name means an equal model. */
export function contentUrl(folder: string, sha256: string): string {
  return `${folder}/${sha256}/model.tar.gz`;
}

/**
 * Copies an artifact to where its content alone decides the name: a deployment sees nothing but the name.
 *
 * @param folder an s3:// URL without a slash at its end
 * @returns the copy's s3:// URL
 */
export async function storeByContent(
  uri: string,
  { etag }: StoredArtifact,
  sha256: string,
  folder: string,
  s3: S3Client,
): Promise<string> {
  const url = contentUrl(folder, sha256);
  const target = parseS3Uri(url);
  if (!(await exists(target, s3))) {
    await s3.send(
      new CopyObjectCommand({
        Bucket: target.bucket,
        Key: target.key,
        CopySource: copySource(parseS3Uri(uri)),
        // Not what someone has written there since it was read.
        CopySourceIfMatch: etag,
      }),
    );
  }
  return url;
}

/** Puts what a stored artifact must answer beside it, for the smoke test to ask. */
export async function storeReference(modelDataUrl: string, reference: Reference, s3: S3Client): Promise<void> {
  const { bucket, key } = parseS3Uri(referenceUrl(modelDataUrl));
  const body = JSON.stringify(reference);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
}

/**
 * Puts the report of a model's training beside the stored model, where it stays as long.
 *
 * @param written where it was written; null where nothing was trained
 * @returns its s3:// URL there; null where neither this nor an earlier execution has put one there
 */
export async function storeReport(written: string | null, modelDataUrl: string, s3: S3Client): Promise<string | null> {
  const url = reportUrl(modelDataUrl);
  const target = parseS3Uri(url);
  if (written !== null) {
    await s3.send(
      new CopyObjectCommand({ Bucket: target.bucket, Key: target.key, CopySource: copySource(parseS3Uri(written)) }),
    );
    return url;
  }
  return (await exists(target, s3)) ? url : null;
}

function copySource({ bucket, key }: S3Location): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

async function exists({ bucket, key }: S3Location, s3: S3Client): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (error) {
    if (isAwsError(error, 'NotFound', 'NoSuchKey')) {
      return false;
    }
    throw error;
  }
}
