import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { createGunzip } from 'node:zlib';
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { isAwsError } from '../aws-error';
import { DatasetUnavailable, InvalidDataset } from '../step-errors';
import { parseS3Uri } from '../s3-uri';
import { type DataFile, isZip, kindOf, kindWithin, READABLE, READABLE_WITHIN } from './data-file';
import { openSource } from './download';
import { storeFile } from './temporary-file';
import { openZip } from './zip';

/** What a source is read with. */
export interface SourceOptions {
  readonly s3: S3Client;
  /** For what cannot be read as it comes. */
  readonly folder: string;
  /** The most that a zip, and the data file inside it, may have. */
  readonly maximumZipBytes: number;
}

/**
 * Opens the data files of a source, one after the other: one file, or all below an S3 prefix in the order of their keys.
 *
 * @param source an s3:// or https:// URL
 * @throws InvalidDataset for what is no data file
 * @throws DatasetUnavailable when there is nothing to read
 */
export async function* dataFiles(source: string, options: SourceOptions): AsyncGenerator<DataFile> {
  const urls = isPrefix(source) ? (await dataFilesBelow(source, options.s3)).map(({ uri }) => uri) : [source];
  for (const url of urls) {
    yield await openFile(url, options);
  }
}

/** A data file in S3. */
export interface StoredFile {
  readonly uri: string;
  /** Its path below what was looked for, or its name. */
  readonly name: string;
  /** Of its content. */
  readonly etag: string;
  readonly bytes: number;
}

/**
 * The data files of a source in S3, in the order of their keys: one file, or all below a prefix.
 *
 * @param source an s3:// URL
 * @throws DatasetUnavailable when there are none, or they may not be listed
 */
export async function storedFiles(source: string, s3: S3Client): Promise<StoredFile[]> {
  if (isPrefix(source)) {
    return dataFilesBelow(source, s3);
  }
  const { bucket, key } = parseS3Uri(source);
  const found = (await objectsBelow(bucket, key, s3)).find((object) => object.key === key);
  if (found === undefined) {
    throw new DatasetUnavailable(`there is no ${source}; upload the data there or correct the URL`);
  }
  return [{ uri: source, name: nameOf(source), etag: found.etag, bytes: found.bytes }];
}

/** How messages name a source. A URL's query, which may hold a signature, is no part of it. */
export function nameOf(source: string): string {
  const path = source.startsWith('s3://') ? parseS3Uri(source).key : new URL(source).pathname;
  return path.split('/').findLast((part) => part !== '') ?? source;
}

/**
 * Opens one data file.
 *
 * @param etag of an object in S3: another content is not read
 * @throws InvalidDataset for what is no data file
 * @throws DatasetUnavailable when it is not there
 */
export async function openFile(
  url: string,
  { s3, folder, maximumZipBytes }: SourceOptions,
  etag?: string,
): Promise<DataFile> {
  const name = nameOf(url);
  if (isZip(name)) {
    const path = join(folder, 'data.zip');
    await storeFile(await openSource(url, s3, etag), path, name, maximumZipBytes);
    return openZip(path, name, maximumZipBytes);
  }
  const kind = kindOf(name);
  if (kind === undefined) {
    throw new InvalidDataset(`${name} is no data file by its name, which must end in ${READABLE}`);
  }
  const bytes = await openSource(url, s3, etag);
  return { name, format: kind.format, bytes: kind.isGzipped ? gunzipped(bytes, name) : bytes };
}

/** A name without an ending is a folder's, with a slash at its end or without. */
function isPrefix(source: string): boolean {
  return source.startsWith('s3://') && !/\.\w+$/.test(source);
}

async function dataFilesBelow(source: string, s3: S3Client): Promise<StoredFile[]> {
  const { bucket, key: prefix } = parseS3Uri(`${source.replace(/\/$/, '')}/`);
  const found = await objectsBelow(bucket, prefix, s3);
  const files = found
    .map(({ key, ...rest }) => ({ uri: `s3://${bucket}/${key}`, name: key.slice(prefix.length), ...rest }))
    .filter(({ name }) => kindWithin(name) !== undefined)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  if (files.length === 0) {
    const what = found.length === 0 ? 'nothing' : `no data file (${READABLE_WITHIN})`;
    throw new DatasetUnavailable(`there is ${what} below s3://${bucket}/${prefix}; upload it, or correct the URL`);
  }
  return files;
}

interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly bytes: number;
}

async function objectsBelow(bucket: string, prefix: string, s3: S3Client): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
      found.push(
        ...Contents.flatMap(({ Key, ETag = '', Size = 0 }) =>
          Key === undefined ? [] : [{ key: Key, etag: ETag, bytes: Size }],
        ),
      );
    }
  } catch (error) {
    if (isAwsError(error, 'NoSuchBucket', 'AccessDenied', 'Forbidden')) {
      const what = error.name === 'NoSuchBucket' ? 'there is no bucket' : 'these may not be listed: the bucket';
      throw new DatasetUnavailable(`${what} ${bucket}; correct the URL, or add it to dataset.readableBuckets`, {
        cause: error,
      });
    }
    throw error;
  }
  return found;
}

async function* gunzipped(bytes: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let broken: unknown;
  // What fails on the way is thrown here, as what it is.
  const unpacked = pipeline(bytes, createGunzip(), (error) => {
    broken = error;
  });
  try {
    yield* unpacked as AsyncIterable<Buffer>;
  } catch (error) {
    if (isNativeError(error) && 'code' in error && String(error.code).startsWith('Z_')) {
      throw new InvalidDataset(`${name} is not a sound gzip file: ${error.message}`, { cause: error });
    }
    throw broken ?? error;
  }
}
