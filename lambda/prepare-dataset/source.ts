import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { createGunzip } from 'node:zlib';
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { isAwsError } from '../shared/aws-error';
import { DatasetUnavailable, InvalidDataset } from '../shared/step-errors';
import { parseS3Uri } from '../shared/s3-uri';
import { type DataFile, kindOf, READABLE } from './data-file';
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
  const urls = isPrefix(source) ? await dataFilesBelow(source, options.s3) : [source];
  for (const url of urls) {
    yield await openFile(url, options);
  }
}

/** How messages name a source. A URL's query, which may hold a signature, is no part of it. */
export function nameOf(source: string): string {
  const path = source.startsWith('s3://') ? parseS3Uri(source).key : new URL(source).pathname;
  return path.split('/').findLast((part) => part !== '') ?? source;
}

async function openFile(url: string, { s3, folder, maximumZipBytes }: SourceOptions): Promise<DataFile> {
  const name = nameOf(url);
  if (name.toLowerCase().endsWith('.zip')) {
    const path = join(folder, 'data.zip');
    await storeFile(await openSource(url, s3), path, name, maximumZipBytes);
    return openZip(path, name, maximumZipBytes);
  }
  const kind = kindOf(name);
  if (kind === undefined) {
    throw new InvalidDataset(`${name} is no data file by its name, which must end in ${READABLE}`);
  }
  const bytes = await openSource(url, s3);
  return { name, format: kind.format, bytes: kind.isGzipped ? gunzipped(bytes, name) : bytes };
}

/** A name without an ending is a folder's, with a slash at its end or without. */
function isPrefix(source: string): boolean {
  return source.startsWith('s3://') && !/\.\w+$/.test(source);
}

async function dataFilesBelow(source: string, s3: S3Client): Promise<string[]> {
  const { bucket, key } = parseS3Uri(`${source.replace(/\/$/, '')}/`);
  const found: string[] = [];
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key })) {
      found.push(...Contents.flatMap((object) => object.Key ?? []));
    }
  } catch (error) {
    if (isAwsError(error, 'NoSuchBucket', 'AccessDenied', 'Forbidden')) {
      const what = error.name === 'NoSuchBucket' ? 'there is no bucket' : 'these may not be listed: the bucket';
      throw new DatasetUnavailable(`${what} ${bucket}; correct dataset.source, or add it to dataset.readableBuckets`, {
        cause: error,
      });
    }
    throw error;
  }
  const files = found.filter((path) => kindOf(path.slice(key.length)) !== undefined).sort();
  if (files.length === 0) {
    const what = found.length === 0 ? 'nothing' : `no data file (${READABLE})`;
    throw new DatasetUnavailable(`there is ${what} below s3://${bucket}/${key}; upload it, or correct dataset.source`);
  }
  return files.map((path) => `s3://${bucket}/${path}`);
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
