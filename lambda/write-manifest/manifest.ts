import type { S3Client } from '@aws-sdk/client-s3';
import { BatchPlaces, type BatchRun } from '../shared/batch';
import {
  type BatchManifest,
  type BatchSummary,
  type FileResult,
  MANIFEST,
  type ResultCounts,
} from '../shared/batch-results';
import { readJson, writeJson } from '../shared/json-objects';
import { PartsMissing, TooManyErrors } from '../shared/step-errors';

export interface ManifestRequest {
  /** The s3:// URL of the run's folder. */
  readonly run: string;
  /** Null: any number is fine. */
  readonly maxErrors: number | null;
  readonly seconds: number;
  readonly costUsd: number | null;
}

/** Of labels, in the execution's output. */
const MOST_SHOWN = 20;

/**
 * Writes the manifest of a run whose files have all been merged.
 *
 * @throws PartsMissing when one has not
 * @throws TooManyErrors beyond `maxErrors`; there is no manifest then
 */
export async function writeManifest(request: ManifestRequest, s3: S3Client): Promise<BatchSummary> {
  const places = new BatchPlaces(request.run);
  const run = await readJson<BatchRun>(s3, places.run);
  if (run === undefined) {
    throw new PartsMissing('the run has not been planned: start the same execution again');
  }
  const results: FileResult[] = [];
  for (const [file, { name }] of run.files.entries()) {
    const result = await readJson<FileResult>(s3, places.result(file));
    if (result === undefined) {
      throw new PartsMissing(
        `${name} has no results: start the same execution again, which goes on where this one ended`,
      );
    }
    results.push(result);
  }

  const manifest = manifestOf(run, results, request);
  const { errors, errorsByKind, rows } = manifest;
  if (request.maxErrors !== null && errors > request.maxErrors) {
    const [kind = '', count = 0] = Object.entries(errorsByKind)[0] ?? [];
    throw new TooManyErrors(
      `${errors} of ${rows} rows have an error, where maxErrors allows ${request.maxErrors}; most often (${count}): ${kind}`,
    );
  }
  const manifestUri = `${run.output}/${MANIFEST}`;
  await writeJson(s3, manifestUri, manifest);
  const { files, options: _options, model: _model, labels, ...summary } = manifest;
  return { ...summary, labels: labels.slice(0, MOST_SHOWN), files: files.length, manifestUri };
}

function manifestOf(run: BatchRun, results: readonly FileResult[], request: ManifestRequest): BatchManifest {
  const { runId, input, output, model, textColumn, pairColumn, scores, overflow } = run;
  const rows = sum(results.map((result) => result.rows));
  const kinds = added(results.map(({ errors }) => errors));
  const errors = sum(kinds.map(([, count]) => count));
  const labels = added(results.map((result) => result.labels));
  const labeled = sum(results.map((result) => result.labeled));
  return {
    ...{ runId, input, output },
    model: { url: model.url, sha256: model.sha256 },
    options: { textColumn, pairColumn, scores, overflow },
    files: results.map((result, file) => ({
      input: run.files[file]?.uri ?? '',
      output: result.uri,
      rows: result.rows,
      errors: errorsIn(result),
    })),
    ...{ rows, errors, errorsByKind: Object.fromEntries(kinds) },
    truncatedRows: sum(results.map(({ truncated }) => truncated)),
    labels: labels.map(([label, count]) => ({ label, rows: count, share: count / (rows - errors) })),
    meanConfidence: labeled === 0 ? null : sum(results.map(({ confidence }) => confidence)) / labeled,
    seconds: request.seconds,
    costUsd: request.costUsd,
  };
}

function errorsIn({ errors }: ResultCounts): number {
  return sum(Object.values(errors));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Counts by key, the largest first. */
function added(counts: readonly Readonly<Record<string, number>>[]): [string, number][] {
  const total = new Map<string, number>();
  for (const [key, count] of counts.flatMap((each) => Object.entries(each))) {
    total.set(key, (total.get(key) ?? 0) + count);
  }
  return [...total].sort(([one, first], [other, second]) => second - first || (one < other ? -1 : 1));
}
