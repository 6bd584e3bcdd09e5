import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { type BatchFile, BatchPlaces, type BatchRun, BATCH_FOLDER, type PlannedBatch } from '../shared/batch';
import { type BatchFormat, type BatchInput, batchInputSchema } from '../shared/batch-input';
import { writeJson } from '../shared/json-objects';
import { InvalidInput } from '../shared/step-errors';
import { type Format, kindOf } from '../shared/tables/data-file';
import { storedFiles } from '../shared/tables/source';
import { describeIssues } from '../shared/validation';
import { pinModel } from './model';
import { claimOutput } from './output';

/** What the stack knows. */
export interface BatchSettings {
  readonly dataBucket: string;
  readonly artifactsBucket: string;
  /** Of the execution's input. */
  readonly defaults: {
    readonly instanceType: string;
    readonly instanceCount: number;
    readonly maxCostUsd?: number;
  };
  readonly s3: S3Client;
}

/** Each is an iteration of two Maps, and an execution has 25,000 events at most. */
const MOST_FILES = 1000;

/**
 * A function has fifteen minutes for a file. One processor cuts some 6 MB of .csv a second (100,000 short rows), and text
 * is packed to a quarter by gzip, by and large.
 */
const LARGEST_FILE_BYTES = 2_000_000_000;
const GZIP_FACTOR = 4;

const OUTPUT_FORMATS: Readonly<Record<Format, BatchFormat | undefined>> = {
  csv: 'csv',
  tsv: 'tsv',
  cola: 'tsv',
  jsonl: 'jsonl',
  parquet: 'parquet',
  // It is held in memory whole, and has no rows by the million.
  xlsx: undefined,
};

/**
 * Plans the run that an input asks for, claims its output folder and writes `run.json`.
 *
 * @throws InvalidInput that names every field that is unknown or has a value that is not allowed; also when there is no model,
 * or the output is another's
 * @throws DatasetUnavailable when there is nothing to read
 * @throws InvalidArtifact when the model is none
 */
export async function planBatch(input: unknown, settings: BatchSettings): Promise<PlannedBatch> {
  const { dataBucket, defaults, s3 } = settings;
  const wanted = parse(input);
  const output = outputOf(wanted, dataBucket);
  const files = await inputFiles(wanted, s3);
  const { model, weightsBytes } = await pinModel(wanted.modelDataUrl, settings);
  refuseUnfitting(wanted, model.hasPairs);

  const { sha256, severalLabels, hasPairs } = model;
  const task = {
    input: wanted.input,
    output,
    files,
    textColumn: columnOf(wanted.textColumn),
    pairColumn: columnOf(wanted.pairColumn),
    scores: wanted.scores,
    overflow: wanted.overflow ?? null,
  };
  const runId = createHash('sha256')
    .update(JSON.stringify({ ...task, model: { sha256, severalLabels, hasPairs } }))
    .digest('hex')
    .slice(0, 32);
  await claimOutput(output, runId, s3);
  const places = BatchPlaces.of(dataBucket, runId);
  await writeJson(s3, places.run, { runId, ...task, model } satisfies BatchRun);
  return {
    run: places.uri,
    fileCount: files.length,
    model: { url: model.url, sha256: model.sha256, weightsBytes },
    scores: task.scores,
    overflow: task.overflow,
    maxErrors: wanted.maxErrors ?? null,
    maxCostUsd: wanted.maxCostUsd ?? defaults.maxCostUsd ?? null,
    instanceType: wanted.instanceType ?? defaults.instanceType,
    instanceCount: wanted.instanceCount ?? defaults.instanceCount,
  };
}

function parse(input: unknown): BatchInput {
  const result = v.safeParse(batchInputSchema, input);
  if (!result.success) {
    throw new InvalidInput(`invalid execution input: ${describeIssues(result.issues, 'the execution input')}`);
  }
  return result.output;
}

/** @returns the output without a slash at its end */
function outputOf({ input, output }: BatchInput, dataBucket: string): string {
  const folder = output.replace(/\/+$/, '');
  const others = [BATCH_FOLDER, 'datasets'].map((name) => `s3://${dataBucket}/${name}/`);
  if (others.some((other) => `${folder}/`.startsWith(other))) {
    throw new InvalidInput(
      `output cannot be ${output}, for what is there expires after 30 days; choose another folder of s3://${dataBucket}`,
    );
  }
  if (`${folder}/`.startsWith(`${input.replace(/\/+$/, '')}/`)) {
    throw new InvalidInput(`output cannot be ${output}, which is within the input; choose another folder`);
  }
  return folder;
}

async function inputFiles({ input, format }: BatchInput, s3: S3Client): Promise<BatchFile[]> {
  const files = (await storedFiles(input, s3)).map((file): BatchFile => {
    const kind = kindOf(file.name);
    const own = kind && OUTPUT_FORMATS[kind.format];
    if (kind === undefined || own === undefined) {
      throw new InvalidInput(
        `${file.name} cannot be read by a batch, which takes .csv, .tsv, .jsonl and .parquet, as they are or as .gz; save it as ` +
          'one of these',
      );
    }
    if (file.bytes * (kind.isGzipped ? GZIP_FACTOR : 1) > LARGEST_FILE_BYTES) {
      throw new InvalidInput(
        `${file.name} has ${file.bytes} bytes, more than the ${LARGEST_FILE_BYTES} (a quarter of it as .gz) that can be cut in time; ` +
          'split it into several files of one folder',
      );
    }
    return { ...file, isGzipped: kind.isGzipped, outputFormat: format ?? own };
  });
  if (files.length > MOST_FILES) {
    throw new InvalidInput(
      `there are ${files.length} data files below ${input}, where ${MOST_FILES} are the most; join some, or start an execution ` +
        'for each part of them',
    );
  }
  return files;
}

/** What a model refuses of each row, said once and before anything is paid for. */
function refuseUnfitting({ pairColumn, overflow }: BatchInput, hasPairs: boolean): void {
  if (pairColumn !== undefined && !hasPairs) {
    throw new InvalidInput('pairColumn is given, and the model classifies single texts; leave it out');
  }
  if (overflow === 'window' && hasPairs) {
    throw new InvalidInput('overflow cannot be window, as the model classifies pairs; choose truncate or error');
  }
}

function columnOf(column: string | number | undefined): string | null {
  return column === undefined ? null : String(column);
}
