import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  NotFound,
  paginateListObjectsV2,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { BATCH_MARKER } from '../../lambda/shared/batch';
import { parseS3Uri } from '../../lambda/shared/s3-uri';
import { openModel } from '../../local/run/given-model';
import { UsageError } from '../../local/run/options';
import { dataUpload, hashOf } from '../../local/run/uploads';
import type { Place } from './options';
import type { Site } from './site';

/** The s3:// URL of an input, which is uploaded unless its content is there already. */
export async function uploadInput(input: Place, { s3, dataBucket }: Site): Promise<string> {
  if ('uri' in input) {
    return input.uri;
  }
  const { files, key } = await dataUpload(input.path);
  for (const file of files) {
    await uploadOnce(file.path, dataBucket, file.key, s3);
  }
  return `s3://${dataBucket}/${key}`;
}

/** The s3:// URL of an artifact, which is uploaded unless it is there already. Throws UsageError for another model. */
export async function uploadModel(model: Place, { s3, artifactsBucket }: Site): Promise<string> {
  if ('uri' in model) {
    return model.uri;
  }
  const temporary = mkdtempSync(join(tmpdir(), 'model-'));
  try {
    const opened = await openModel(model.path, temporary);
    if (!('artifact' in opened)) {
      throw new UsageError(
        `${model.path} is a classifier in Hugging Face's own files: npm start -- --model exports it and puts it in service.`,
      );
    }
    const hash = await hashOf(dirname(opened.artifact), [basename(opened.artifact)]);
    const key = `uploads/${hash}/model.tar.gz`;
    await uploadOnce(opened.artifact, artifactsBucket, key, s3);
    return `s3://${artifactsBucket}/${key}`;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** What a folder on this machine remembers of what its results are. */
interface LocalMarker {
  /** The s3:// URL that they go to first. */
  readonly output: string;
  readonly request: string;
}

/**
 * The s3:// URL that results for an output go to first. A folder on this machine remembers it, so that the same request goes on
 * where it ended.
 *
 * @param request what is asked for: a folder without results yet may get those of another
 * @throws UsageError for a folder that holds something else
 */
export async function claimOutput(output: Place, request: string, { dataBucket }: Site): Promise<string> {
  if ('uri' in output) {
    return output.uri.replace(/\/+$/, '');
  }
  const names = existsSync(output.path) ? readdirSync(output.path) : [];
  const hasMarker = names.includes(BATCH_MARKER);
  const file = join(output.path, BATCH_MARKER);
  if (hasMarker) {
    const marker = JSON.parse(await readFile(file, 'utf8')) as LocalMarker;
    if (marker.request === request || names.length > 1) {
      return marker.output;
    }
  } else if (names.length > 0) {
    throw new UsageError(
      `--output: ${output.path} is not empty, and is no batch's: choose another folder, or empty this one.`,
    );
  }
  const marker: LocalMarker = { output: `s3://${dataBucket}/batch-results/${randomUUID()}`, request };
  await writeWhole(file, (unfinished) => writeFile(unfinished, JSON.stringify(marker)));
  return marker.output;
}

/** Writes a text to S3, whole. */
export async function upload(uri: string, content: string, { s3 }: Site): Promise<void> {
  const { bucket, key } = parseS3Uri(uri);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
}

/** Copies all that is below a URL into a folder. */
export async function download(uri: string, folder: string, { s3 }: Site): Promise<void> {
  const { bucket, key: prefix } = parseS3Uri(`${uri}/`);
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key = '' } of Contents) {
      const name = Key.slice(prefix.length);
      if (basename(name) !== BATCH_MARKER) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
        await writeWhole(join(folder, name), (unfinished) => pipeline(Body as Readable, createWriteStream(unfinished)));
      }
    }
  }
}

/** Under its name a file is there whole or not at all. */
async function writeWhole(file: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await mkdir(dirname(file), { recursive: true });
  await write(unfinished);
  renameSync(unfinished, file);
}

async function uploadOnce(file: string, Bucket: string, Key: string, s3: Site['s3']): Promise<void> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket, Key }));
  } catch (error) {
    if (!(error instanceof NotFound)) {
      throw error;
    }
    await new Upload({ client: s3, params: { Bucket, Key, Body: createReadStream(file) } }).done();
  }
}
