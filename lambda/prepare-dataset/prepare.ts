import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { InvalidDataset } from '../shared/step-errors';
import type { Plan } from '../shared/plan';
import { parseS3Uri } from '../shared/s3-uri';
import { CsvUpload } from './csv-upload';
import { formatOf, type DataFile } from './data-file';
import { openSource } from './download';
import { readRows } from './rows';
import { Split } from './split';
import { withZippedFile } from './zip';

/** What the state machine keeps of a prepared dataset. */
export interface PreparedDataset {
  /** Rows of the source; the training and the test rows and the duplicates add up to it. */
  readonly rows: number;
  readonly trainRows: number;
  readonly testRows: number;
  readonly duplicates: number;
  readonly conflicts: number;
  /** How many different ones; the manifest has them with their rows. */
  readonly labelCount: number;
  /** Of the data file as it was read, unpacked. */
  readonly sha256: string;
  readonly manifestUri: string;
}

/**
 * Reads labeled texts from a .csv, .tsv or .zip, drops duplicates, splits them, and writes
 * `<outputUri>/training/train.csv`, `<outputUri>/testing/test.csv` and, when both are complete, `<outputUri>/manifest.json`.
 *
 * @param maximumZipBytes the most that a zip, and the data file inside it, may have
 * @throws InvalidDataset with file and line; nothing was written then
 * @throws DatasetUnavailable when the source cannot be read; nothing was written then
 */
export async function prepareDataset(
  dataset: Plan['dataset'],
  s3: S3Client,
  maximumZipBytes: number,
): Promise<PreparedDataset> {
  const name = fileName(dataset.source);
  const isZip = name.toLowerCase().endsWith('.zip');
  const format = formatOf(name);
  if (!isZip && format === undefined) {
    throw new InvalidDataset(`dataset.source is "${name}", which is not a .csv, .tsv or .zip file`);
  }
  const bytes = await openSource(dataset.source, s3);
  return isZip
    ? await withZippedFile(bytes, name, maximumZipBytes, (file) => prepareFile(file, dataset, s3))
    : await prepareFile({ name, format: format ?? 'csv', bytes }, dataset, s3);
}

async function prepareFile(file: DataFile, dataset: Plan['dataset'], s3: S3Client): Promise<PreparedDataset> {
  const sha256 = createHash('sha256');
  const namesColumns = dataset.textColumn !== null || dataset.labelColumn !== null;
  const readable: DataFile = {
    ...file,
    // Whoever names columns has given CoLA's file a header.
    format: file.format === 'cola' && namesColumns ? 'tsv' : file.format,
    bytes: tap(file.bytes, (chunk) => sha256.update(chunk)),
  };
  const split = await writeSplit(readable, dataset, s3);
  const prepared = {
    rows: split.rows,
    trainRows: split.count('train'),
    testRows: split.count('test'),
    duplicates: split.duplicates,
    conflicts: split.conflicts,
    sha256: sha256.digest('hex'),
  };
  const manifestUri = `${dataset.outputUri}/manifest.json`;
  await writeJson(s3, manifestUri, { source: dataset.source, ...prepared, labels: split.labels });
  return { ...prepared, labelCount: Object.keys(split.labels).length, manifestUri };
}

async function writeSplit(file: DataFile, dataset: Plan['dataset'], s3: S3Client): Promise<Split> {
  const split = new Split(dataset.testFraction);
  const uploads = {
    train: new CsvUpload(s3, `${dataset.outputUri}/training/train.csv`),
    test: new CsvUpload(s3, `${dataset.outputUri}/testing/test.csv`),
  };
  try {
    for await (const row of readRows(file, dataset)) {
      const side = split.add(row);
      if (side !== undefined) {
        await uploads[side].write(row);
      }
    }
    split.assertTrainable(file.name);
    await Promise.all([uploads.train.finish(), uploads.test.finish()]);
  } catch (error) {
    await Promise.all([uploads.train.abort(), uploads.test.abort()]);
    throw error;
  }
  return split;
}

async function* tap(bytes: AsyncIterable<Buffer>, look: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    look(chunk);
    yield chunk;
  }
}

async function writeJson(s3: S3Client, uri: string, value: object): Promise<void> {
  const { bucket, key } = parseS3Uri(uri);
  const body = `${JSON.stringify(value, null, 2)}\n`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
}

/** A URL's query, which may hold a signature, is no part of the file's name. */
function fileName(source: string): string {
  const path = source.startsWith('s3://') ? parseS3Uri(source).key : new URL(source).pathname;
  return path.split('/').at(-1) ?? path;
}
