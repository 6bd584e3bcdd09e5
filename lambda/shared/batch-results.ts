import type { BatchFile, BatchRun } from './batch';

/** Counts over rows of results; those of several files add up. */
export interface ResultCounts {
  readonly rows: number;
  /** Rows with an error, by what it says, its numbers left out. */
  readonly errors: Readonly<Record<string, number>>;
  /** Rows whose text was longer than the model takes, and was cut. */
  readonly truncated: number;
  /** Rows by label; of several labels, a row counts for each. */
  readonly labels: Readonly<Record<string, number>>;
  /** Rows that have a label, and the sum of their best labels' scores. */
  readonly labeled: number;
  readonly confidence: number;
}

/** What became of an input file. */
export interface FileResult extends ResultCounts {
  /** The s3:// URL of the results. */
  readonly uri: string;
  /** Of what lies there. */
  readonly etag: string;
}

/** `manifest.json` of an output folder, which is there when all else is. */
export interface BatchManifest extends Pick<BatchRun, 'runId' | 'input' | 'output'> {
  readonly model: Pick<BatchRun['model'], 'url' | 'sha256'>;
  readonly options: Pick<BatchRun, 'textColumn' | 'pairColumn' | 'scores' | 'overflow'>;
  readonly files: readonly {
    readonly input: string;
    readonly output: string;
    readonly rows: number;
    readonly errors: number;
  }[];
  readonly rows: number;
  /** Rows with an error, and the same by what it says. */
  readonly errors: number;
  readonly errorsByKind: Readonly<Record<string, number>>;
  readonly truncatedRows: number;
  /** The rows of each label and their share of those without an error, most frequent first. */
  readonly labels: readonly { readonly label: string; readonly rows: number; readonly share: number }[];
  /** Of the best labels' scores; null where no row has a label. */
  readonly meanConfidence: number | null;
  /** From the start of the execution on, and what its instances cost, where the price is known. */
  readonly seconds: number;
  readonly costUsd: number | null;
}

/** What an execution tells of a run: the manifest but for its lists, which may be long. */
export interface BatchSummary extends Omit<BatchManifest, 'files' | 'options' | 'model'> {
  readonly files: number;
  readonly manifestUri: string;
}

/** In an output folder, the name of its manifest. */
export const MANIFEST = 'manifest.json';

const ENDINGS: Readonly<Record<BatchFile['outputFormat'], RegExp>> = {
  csv: /\.csv$/i,
  tsv: /\.tsv$/i,
  jsonl: /\.(?:jsonl|ndjson)$/i,
  parquet: /\.parquet$/i,
};

/** The name of a file's results below the output: its own, with the ending of another format after it where that is asked for. */
export function resultName({
  name,
  isGzipped,
  outputFormat,
}: Pick<BatchFile, 'name' | 'isGzipped' | 'outputFormat'>): string {
  const unpacked = isGzipped ? name.replace(/\.gz$/i, '') : name;
  const named = ENDINGS[outputFormat].test(unpacked) ? unpacked : `${unpacked}.${outputFormat}`;
  // A Parquet file is compressed inside.
  return isGzipped && outputFormat !== 'parquet' ? `${named}.gz` : named;
}
