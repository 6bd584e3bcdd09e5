import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { HeadObjectCommand, NotFound, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { answeredLines } from '../shared/answered-lines';
import { type AnsweredLine, BatchPlaces, type BatchRun, type CutFile } from '../shared/batch';
import type { BatchFormat } from '../shared/batch-input';
import { type FileResult, resultName } from '../shared/batch-results';
import { readJson, writeJson } from '../shared/json-objects';
import { parseS3Uri } from '../shared/s3-uri';
import { PartsMissing } from '../shared/step-errors';
import { csv, tsv } from './formats/delimited';
import { jsonLines } from './formats/json-lines';
import { parquet } from './formats/parquet';
import { type Format, objectIn, type ResultRow } from './formats/result-table';
import { ResultColumns } from './result-columns';
import { Tally } from './tally';

const FORMATS: Readonly<Record<BatchFormat, Format>> = { csv, tsv, jsonl: jsonLines, parquet };

/**
 * Writes the results of one input file, whole or not at all, as a stream: memory does not grow with the rows. What a former
 * execution has written, and nobody has touched since, stays.
 *
 * @param runUri the s3:// URL of the run's folder
 * @param file its place among the run's
 * @throws PartsMissing when not all of its rows have been answered
 */
export async function mergeResults(runUri: string, file: number, s3: S3Client): Promise<FileResult> {
  const places = new BatchPlaces(runUri);
  const [run, cut, before] = await Promise.all([
    readJson<BatchRun>(s3, places.run),
    readJson<CutFile>(s3, places.cutFile(file)),
    readJson<FileResult>(s3, places.result(file)),
  ]);
  const input = run?.files[file];
  if (run === undefined || cut === undefined || input === undefined) {
    throw new PartsMissing(`input file ${file} has not been cut: start the same execution again`);
  }
  if (before !== undefined && (await etagOf(before.uri, s3)) === before.etag) {
    return before;
  }

  const columns = await columnsOf(cut, () => answeredLines(s3, places.answers, cut));
  const results = new ResultColumns(run, columns);
  const tally = new Tally();
  const { parquetSchema } = cut;
  const table = { columns, parquetSchema, added: results.columns };
  const rows = resultRows(answeredLines(s3, places.answers, cut), results, tally);
  const uri = `${run.output}/${resultName(input)}`;
  const bytes = Readable.from(FORMATS[input.outputFormat](table, rows));
  const isGzipped = uri.endsWith('.gz');
  const etag = await upload(uri, isGzipped ? pipeline(bytes, createGzip(), ignore) : bytes, s3);
  const result = { uri, etag, ...tally.counts };
  await writeJson(s3, places.result(file), result);
  return result;
}

/** Of a .jsonl, the keys of all rows: those of the first one may not be all. */
async function columnsOf({ columns }: CutFile, lines: () => AsyncIterable<AnsweredLine>): Promise<readonly string[]> {
  const names = new Set(columns);
  for await (const { record } of lines()) {
    if (typeof record !== 'string') {
      return columns;
    }
    for (const name of Object.keys(objectIn(record) ?? {})) {
      names.add(name);
    }
  }
  return [...names];
}

async function* resultRows(
  lines: AsyncIterable<AnsweredLine>,
  results: ResultColumns,
  tally: Tally,
): AsyncGenerator<ResultRow> {
  for await (const line of lines) {
    tally.add(line);
    yield { record: line.record, cells: results.cells(line) };
  }
}

/** What fails on the way destroys the last stream too, so that the upload fails with it. */
function ignore(): void {}

/** @returns the object's ETag */
async function upload(uri: string, Body: Readable, s3: S3Client): Promise<string> {
  const { bucket, key } = parseS3Uri(uri);
  const { ETag = '' } = await new Upload({ client: s3, params: { Bucket: bucket, Key: key, Body } }).done();
  return ETag;
}

/** @returns undefined when there is nothing */
async function etagOf(uri: string, s3: S3Client): Promise<string | undefined> {
  const { bucket, key } = parseS3Uri(uri);
  try {
    return (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ETag;
  } catch (error) {
    if (error instanceof NotFound) {
      return undefined;
    }
    throw error;
  }
}
