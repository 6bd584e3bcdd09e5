import { Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isAwsError } from '../aws-error';
import { DatasetUnavailable } from '../step-errors';
import { parseS3Uri } from '../s3-uri';

const MOST_REDIRECTS = 5;

/**
 * Opens what an s3:// or https:// URL points to.
 *
 * @param etag of an object: another content is not read
 * @throws DatasetUnavailable when there is nothing to read, and while reading when the transfer breaks off
 */
export async function openSource(source: string, s3: S3Client, etag?: string): Promise<AsyncIterable<Buffer>> {
  return source.startsWith('s3://')
    ? await openObject(source, s3, etag)
    : await openUrl(new URL(source), MOST_REDIRECTS);
}

async function openObject(uri: string, s3: S3Client, etag: string | undefined): Promise<AsyncIterable<Buffer>> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }));
    return unbroken(Body as Readable, uri);
  } catch (error) {
    if (isAwsError(error, 'NoSuchKey', 'NoSuchBucket')) {
      throw new DatasetUnavailable(`there is no ${uri}; upload the data there or correct the URL`, {
        cause: error,
      });
    }
    if (isAwsError(error, 'PreconditionFailed')) {
      throw new DatasetUnavailable(`${uri} was changed since the execution began; start again`, { cause: error });
    }
    if (isAwsError(error, 'AccessDenied', 'Forbidden')) {
      throw new DatasetUnavailable(
        `${uri} may not be read; S3 says so too when the object does not exist and the bucket may not be listed`,
        { cause: error },
      );
    }
    throw error;
  }
}

async function openUrl(url: URL, redirectsLeft: number): Promise<AsyncIterable<Buffer>> {
  if (url.protocol !== 'https:' && !isOnThisMachine(url)) {
    throw new DatasetUnavailable(`${shown(url)} is not https; data is fetched over https only`);
  }
  const response = await get(url);
  const location = response.headers.get('location');
  if (response.status >= 300 && response.status < 400 && location !== null) {
    await response.body?.cancel();
    if (redirectsLeft === 0) {
      throw new DatasetUnavailable(`${url.host} redirects more than ${MOST_REDIRECTS} times`);
    }
    return openUrl(new URL(location, url), redirectsLeft - 1);
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new DatasetUnavailable(`${url.host} answered ${response.status} for ${shown(url)}; correct the URL`);
  }
  return unbroken(Readable.fromWeb(response.body), shown(url));
}

async function get(url: URL): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual' });
  } catch (error) {
    throw new DatasetUnavailable(`${url.host} could not be reached (${reason(error)}); is the address right?`, {
      cause: error,
    });
  }
}

async function* unbroken(body: Readable, name: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  } catch (error) {
    throw new DatasetUnavailable(`the transfer of ${name} broke off (${reason(error)}); try again`, { cause: error });
  }
}

/** fetch hides what happened in the error's cause, several of them when a name has several addresses. */
function reason(error: unknown): string {
  if (!isNativeError(error)) {
    return String(error);
  }
  if ('code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return error.cause === undefined ? error.message : reason(error.cause);
}

/** Without the query: a presigned URL has its signature there. */
function shown(url: URL): string {
  return url.origin + url.pathname;
}

/**
 * Plain http only where it never leaves the machine, on a laptop, where AWS itself is on loopback too. In Lambda a loopback
 * address is the API of its runtime, which an execution's input must not reach, nor a redirect.
 */
function isOnThisMachine(url: URL): boolean {
  const aws = process.env.AWS_ENDPOINT_URL;
  return url.protocol === 'http:' && isLoopback(url) && aws !== undefined && isLoopback(new URL(aws));
}

function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
