import * as v from 'valibot';
import { column, instanceType, modelDataUrl, S3_URL, searchFields, trainingFields } from './execution-input';
import { objectOf, shortText, wholeNumber } from './validation';

/** What a file of results can be; that of an input is told by its name. */
export const BATCH_FORMATS = ['csv', 'tsv', 'jsonl', 'parquet'] as const;
export type BatchFormat = (typeof BATCH_FORMATS)[number];

/** In S3 a key has 1024 characters at most, of which names of files need some. */
const LONGEST_S3_URL = 900;

const s3Url = (what: string) => shortText(new RegExp(`^${S3_URL}$`), LONGEST_S3_URL, what);

/** The job computes on processors alone, in one process each. */
export const batchInstanceType = v.pipe(
  instanceType,
  v.check(
    (type) => !/^ml\.(?:g|p|inf|trn)\d/.test(type),
    'must be an instance without accelerators, such as ml.c7i.4xlarge',
  ),
);

/** The input of one execution of the batch state machine; all but the first two fields may be left out. */
export const batchInputSchema = objectOf({
  /** A table, or a folder of tables. */
  input: s3Url('must be the s3:// URL of a data file, or of a folder of them'),
  /** A folder for the results, which is empty or of an earlier execution of the same. */
  output: s3Url('must be the s3:// URL of a folder'),
  /** Columns by their names or, where a file has no header, their numbers from 1 on. Default: those called as usual. */
  textColumn: v.optional(column),
  pairColumn: v.optional(column),
  /** Of the results. Default: that of each input. */
  format: v.optional(v.picklist(BATCH_FORMATS, `must be one of ${BATCH_FORMATS.join(', ')}`)),
  /** Whether a row gets its best label's score, or every label's too. */
  scores: v.optional(v.picklist(['best', 'all'], 'must be best or all'), 'best'),
  /** What becomes of a text that is longer than the model takes. Default: what the model does. */
  overflow: v.optional(trainingFields.overflow),
  /** More rows with an error fail the execution. Default: any number is fine. */
  maxErrors: v.optional(wholeNumber(0, 1_000_000_000)),
  /** Refuses what could cost more. Default: `batch.maxCostUsd` of the configuration; without, it may cost what it costs. */
  maxCostUsd: v.optional(searchFields.maxCostUsd),
  instanceType: v.optional(batchInstanceType),
  instanceCount: v.optional(wholeNumber(1, 100)),
  /** Default: the model in service. */
  modelDataUrl: v.optional(modelDataUrl),
});

export type BatchInput = v.InferOutput<typeof batchInputSchema>;
