import type { SchemaElement } from 'hyparquet';
import type { BatchFormat, BatchInput } from './batch-input';

/*
 * What the steps of the batch state machine leave for each other in the data bucket, all of it below `batch/<runId>/`:
 *
 * | object                       | written by   | what it is                                                             |
 * | ---------------------------- | ------------ | ---------------------------------------------------------------------- |
 * | `run.json`                   | PlanBatch    | `BatchRun`: what is to be done, the same for a rerun                   |
 * | `files/<file>.json`          | CutInput     | `CutFile`: an input file's columns and parts, when all of these exist  |
 * | `parts/<file>-<part>.jsonl`  | CutInput     | `PartLine`s, so many rows                                              |
 * | `answers/<file>-<part>.jsonl`| ClassifyParts| `AnsweredLine`s, in the same order                                     |
 * | `missing-parts.json`         | PriceBatch   | SageMaker's ManifestFile of the parts that have no answers yet         |
 * | `results/<file>.json`        | MergeResults | `FileResult`: what the results of an input file have, once it is there |
 *
 * Each object is written whole or not at all, and what is there is never written again with another content: that is what
 * a rerun skips by.
 */

/** The folder in the data bucket that runs are below; it expires. */
export const BATCH_FOLDER = 'batch';

/** Of a job, whatever it was estimated to take. */
export const LONGEST_RUNTIME_IN_SECONDS = 5 * 86_400;

/** In a run's output folder: whose it is. What else is there belongs to that run. */
export const BATCH_MARKER = 'batch-run.json';

/** The marker's content. */
export interface BatchMarker {
  readonly runId: string;
}

/** What a run does, whatever machine and price it may take: the same input, model and options make the same run. */
export interface BatchRun {
  /** 32 hexadecimal digits: a hash of all that follows but the model's URL and, as its own hash decides them, its labels and how it reads. */
  readonly runId: string;
  /** As the execution's input had it. */
  readonly input: string;
  /** The s3:// URL of a folder, without a slash at its end. */
  readonly output: string;
  /** In the order of their keys. */
  readonly files: readonly BatchFile[];
  /** Columns by name or number from 1 on; null where the usual names should do. */
  readonly textColumn: string | null;
  readonly pairColumn: string | null;
  readonly scores: BatchInput['scores'];
  /** Null: the model's own. */
  readonly overflow: NonNullable<BatchInput['overflow']> | null;
  readonly model: BatchModel;
}

/** What PlanBatch leaves for the states: `$run` of the execution. */
export interface PlannedBatch {
  /** The s3:// URL of the run's folder. */
  readonly run: string;
  readonly fileCount: number;
  readonly model: Pick<BatchModel, 'url' | 'sha256'> & {
    /** Of the unpacked weights. */
    readonly weightsBytes: number;
  };
  readonly scores: BatchRun['scores'];
  readonly overflow: BatchRun['overflow'];
  /** Null: any number is fine. */
  readonly maxErrors: number | null;
  readonly maxCostUsd: number | null;
  readonly instanceType: string;
  /** At most. */
  readonly instanceCount: number;
}

/** What CutInput tells of an input file. */
export type CutCounts = Pick<CutFile, 'rows' | 'errors' | 'textBytes'> & { readonly parts: number };

/** What PriceBatch says of the job before it starts: `$job` of the execution. */
export interface PricedBatch {
  readonly rows: number;
  /** Rows that cannot be classified, as far as cutting tells. */
  readonly errors: number;
  readonly parts: number;
  /** Parts without answers, which are all that the job gets. */
  readonly missingParts: number;
  /** Of SageMaker's ManifestFile that names them; written where there are any. */
  readonly missingPartsUri: string;
  readonly instanceCount: number;
  /** What the job will take, by and large, and cost; null where the price is not known. */
  readonly seconds: number;
  readonly costUsd: number | null;
  /** USD, of all instances together. */
  readonly pricePerSecond: number | null;
  /** When SageMaker ends it. */
  readonly maxRuntimeInSeconds: number;
}

/** One input file. */
export interface BatchFile {
  readonly uri: string;
  /** Of the content that was there when the run was planned; another is refused. */
  readonly etag: string;
  readonly bytes: number;
  /** Its path below the input, or its name: "a/b.csv.gz". */
  readonly name: string;
  readonly isGzipped: boolean;
  /** Of its results. */
  readonly outputFormat: BatchFormat;
}

/** The model that is pinned for a run. */
export interface BatchModel {
  /** The s3:// URL of its model.tar.gz, in a place that its content names. */
  readonly url: string;
  readonly sha256: string;
  /** In the order of their ids. */
  readonly labels: readonly string[];
  /** Whether a text may have several labels, and whether it classifies pairs of texts. */
  readonly severalLabels: boolean;
  readonly hasPairs: boolean;
  /** Whether it reads long texts in windows, as far as a run does not say what becomes of them. */
  readonly inWindows: boolean;
  /** Tokens that it reads of a text at once; null where its artifact does not say. */
  readonly maxLength: number | null;
}

/** What became of an input file when it was cut. */
export interface CutFile {
  /** Their names, in order; one may come twice. Of .jsonl, the keys of the first object. */
  readonly columns: readonly string[];
  /** False: `columns` are numbers from 1 on, and the first row is a row like any other. */
  readonly hasHeader: boolean;
  /** The places of the column of texts and, for pairs, of that of second texts, from 0 on. */
  readonly textColumns: readonly number[];
  /** Of .parquet, its columns' types, by which what `record` has of them comes back. */
  readonly parquetSchema: readonly SchemaElement[] | null;
  /** Those with errors too. */
  readonly rows: number;
  /** Rows that cannot be classified, as far as cutting tells. */
  readonly errors: number;
  /** Of the texts to classify, as far as a model reads them: what the time that they take goes by. */
  readonly textBytes: number;
  /** Names of objects, in order; none of an input without rows. */
  readonly parts: readonly string[];
  /** What was read how, for people to see: `text in "review"`. */
  readonly choices: readonly string[];
}

/**
 * A row as its file has it: of .jsonl its line, without the line break; of any other format its fields, in the order of the
 * columns; where the row is at fault, some or all may be missing. Of .parquet, `encodeValue` has made JSON of each.
 */
export type RowRecord = string | readonly unknown[];

/** A line of a part: a row with what is to be classified, or why that cannot be. */
export type PartLine = { readonly record: RowRecord } & (
  { readonly inputs: string | { readonly text: string; readonly text_pair: string } } | { readonly error: string }
);

/** What becomes of a part's line (training-code/batch/classify_parts.py). */
export type AnsweredLine = { readonly record: RowRecord } & (
  | {
      /** The highest score first; with scores of `best`, the one label or, where a text may have several, those it has. */
      readonly answer: readonly { readonly label: string; readonly score: number }[];
      /** With scores of `all`: how many of the first ones the row has, which is 1 where a text has one label. */
      readonly reached?: number;
      /** The text is longer than the model takes, which has read its beginning. */
      readonly truncated?: true;
    }
  | { readonly error: string }
);

/** The labels that a row has, the highest score first. */
export function labelsOf({ answer, reached }: Exclude<AnsweredLine, { error: string }>): typeof answer {
  return reached === undefined ? answer : answer.slice(0, reached);
}

/** The s3:// URLs of a run's objects. */
export class BatchPlaces {
  /** @param uri of the run's folder, without a slash at its end */
  constructor(readonly uri: string) {}

  static of(dataBucket: string, runId: string): BatchPlaces {
    return new BatchPlaces(`s3://${dataBucket}/${BATCH_FOLDER}/${runId}`);
  }

  get run(): string {
    return `${this.uri}/run.json`;
  }

  get parts(): string {
    return `${this.uri}/parts/`;
  }

  get answers(): string {
    return `${this.uri}/answers/`;
  }

  get missingParts(): string {
    return `${this.uri}/missing-parts.json`;
  }

  /** @param file its place among the run's */
  cutFile(file: number): string {
    return `${this.uri}/files/${fiveDigits(file)}.json`;
  }

  /** @param file its place among the run's */
  result(file: number): string {
    return `${this.uri}/results/${fiveDigits(file)}.json`;
  }
}

/** Few enough that there is a part of a small table, too, for every processor. */
const FEWEST_ROWS = 5_000;
/** Enough that a part's way from S3 and back is nothing beside its work. */
const MOST_ROWS = 50_000;
/** As many as a usual instance has processors. */
const PARTS_OF_A_SIZE = 16;

/**
 * How many rows a file's part has, but for the last one and for parts of long rows. How many rows there are is known at the
 * end only, and so parts are small at first and twice as large after every so many.
 */
export function rowsOfPart(part: number): number {
  return Math.min(MOST_ROWS, FEWEST_ROWS * 2 ** Math.floor(part / PARTS_OF_A_SIZE));
}

/** The name of a part, which sorts as the rows do. */
export function partName(file: number, part: number): string {
  return `${fiveDigits(file)}-${fiveDigits(part)}.jsonl`;
}

function fiveDigits(number: number): string {
  return String(number).padStart(5, '0');
}

/**
 * What JSON has no word for, of a Parquet file: whole numbers of 64 bits as digits, times as ISO 8601, bytes as base64, and what is
 * no number by its name.
 */
export function encodeValue(value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
    return String(value);
  }
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString('base64');
  }
  // Date knows its JSON.
  return value;
}
