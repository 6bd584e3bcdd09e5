import * as v from 'valibot';
import { AN_OBJECT, objectOf, realNumber, shortText, text, unknownFieldOf, wholeNumber } from './validation';

/*
 * The fields that one execution may set. The same field schemas also check the application's configuration
 * (lib/configuration), so that a value is legal in both places or in neither.
 */

/** The Elastic Inference accelerators that ever existed. */
export const ACCELERATORS = [
  'ml.eia1.medium',
  'ml.eia1.large',
  'ml.eia1.xlarge',
  'ml.eia2.medium',
  'ml.eia2.large',
  'ml.eia2.xlarge',
] as const;

/** The metrics of metrics.json that grow with quality, so that a minimum makes sense. */
const GATE_METRICS = ['matthews_correlation', 'accuracy', 'micro_f1', 'macro_f1'] as const;

const LOOPBACK_HTTP = String.raw`http://(?:localhost|127\.0\.0\.1)(?::\d+)?/`;

/** In characters: SageMaker's own limit of `S3Uri` and `ModelDataUrl`. */
const LONGEST_S3_URL = 1024;
/** In characters: room for a presigned URL with the token of a session. */
const LONGEST_URL = 4096;
const LONGEST_COLUMN = 200;

/**
 * Any that SageMaker may have (new ones come faster than releases of this application) but those with Graviton, an Arm
 * processor: SageMaker takes them, and waits long for an endpoint that an image for x86 never brings up.
 *
 * @see https://github.com/aws/sagemaker-python-sdk/issues/3679
 */
export const instanceType = v.pipe(
  text(
    /^ml\.[a-z][a-z0-9-]{0,20}\.(?:medium|large|xlarge|\d{1,3}xlarge)$/,
    'must be a SageMaker instance type such as ml.g5.xlarge',
  ),
  v.check(
    (type) => !/^ml\.[a-z]+\d+g/.test(type),
    'must not be an instance with Graviton, for the images are built for x86; take one with Intel or AMD, such as ml.c7i.xlarge',
  ),
);

/** As a pattern. A key may have blanks within. */
export const S3_URL = String.raw`s3://[a-z0-9][a-z0-9.-]+/\S(?:.*\S)?`;

const dataUrl = shortText(
  new RegExp(String.raw`^(?:${S3_URL}|(?:https://[^\s/]+/|${LOOPBACK_HTTP})\S+)$`),
  LONGEST_URL,
  'must be the s3:// or https:// URL of a data file, or of a folder of them in S3',
);

const COLUMN = 'must be the name of a column, or its number from 1 on';
/** A column of a table. */
export const column = v.union([shortText(/^\S(?:.*\S)?$/, LONGEST_COLUMN, COLUMN), wholeNumber(1, 10_000)], COLUMN);

/** Where the labeled texts are and how to read them. */
export const datasetFields = {
  source: dataUrl,
  testSource: dataUrl,
  textColumn: column,
  pairColumn: column,
  labelColumn: column,
  labelSeparator: shortText(/^[^]+$/, 10, 'must be the text between two labels, such as ";"'),
  testFraction: realNumber(0.05, 0.5),
  rareLabels: v.picklist(['refuse', 'drop', 'train-only'], 'must be refuse, drop or train-only'),
};

/** Shares of a dataset from which on it is not trained on. */
export const limitFields = {
  emptyRows: realNumber(0, 1),
  conflictingRows: realNumber(0, 1),
  truncatedTokens: realNumber(0, 1),
  largestLabel: realNumber(0, 1),
};

/**
 * What one training job may vary. SageMaker's training toolkit pastes hyperparameters into a shell command unquoted, so
 * no string here admits a character that a shell could read as more than one word.
 */
export const trainingFields = {
  baseModel: shortText(
    /^(?:s3:\/\/[a-z0-9][a-z0-9.-]+(?:\/[A-Za-z0-9._=-]+)+\/?|[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9._-]+)?)$/,
    LONGEST_S3_URL,
    'must be a Hugging Face model id such as bert-base-uncased, or the s3:// URL of a folder with one',
  ),
  // Absent: by the size of the data. 0: the base model is a finished classifier, to be served as it is.
  epochs: wholeNumber(0, 100),
  batchSize: wholeNumber(1, 4096),
  learningRate: realNumber(1e-8, 1),
  // What the encoders for the longest texts take; Plan and training know what the base model does.
  maxLength: wholeNumber(4, 8192),
  overflow: v.picklist(['truncate', 'error', 'window'], 'must be truncate, error or window'),
  warmupRatio: realNumber(0, 1),
  weightDecay: realNumber(0, 1),
  seed: wholeNumber(0, 4_294_967_295),
  patience: wholeNumber(1, 10),
  classWeights: v.picklist(['none', 'balanced'], 'must be none or balanced'),
  labelSmoothing: realNumber(0, 0.9),
  instanceType: v.pipe(
    instanceType,
    v.check(
      (type) => !/^ml\.p[23]\./.test(type),
      'must not be an ml.p2 or ml.p3 instance: the training image (CUDA 13) does not support their GPUs; take ml.g5.xlarge',
    ),
  ),
  instanceCount: wholeNumber(1, 64),
  // Then the job is stopped, and has failed.
  maxRuntimeInSeconds: wholeNumber(60, 432_000),
};

/** In one execution: each is a training job, and its row in what the states carry. */
export const MOST_CANDIDATES = 12;

/** What is tried beside or within `trainingFields`, and what that may take. */
export const searchFields = {
  candidates: v.pipe(
    v.array(overridesOf(trainingFields), 'must be a list of objects with fields of training'),
    v.maxLength(MOST_CANDIDATES, `must have at most ${MOST_CANDIDATES} candidates`),
  ),
  maxConcurrency: wholeNumber(1, MOST_CANDIDATES),
  maxCostUsd: realNumber(0.01, 1_000_000),
};

/** What a model must reach to be served. */
export const gateFields = {
  metric: v.picklist(GATE_METRICS, `must be one of ${GATE_METRICS.join(', ')}`),
  minimum: realNumber(-1, 1),
};

/** What the report of a training tells. */
export const reportFields = {
  mistakes: v.picklist(['rows', 'texts'], 'must be rows or texts'),
};

/** How the model is served; "none" is the CPU alone. */
export const servingFields = {
  accelerator: v.picklist([...ACCELERATORS, 'none'], `must be one of ${ACCELERATORS.join(', ')}, none`),
};

/** The s3:// URL of a trained model, as a training job writes it. */
export const modelDataUrl = shortText(
  /^s3:\/\/[a-z0-9][a-z0-9.-]+\/\S+\.tar\.gz$/,
  LONGEST_S3_URL,
  'must be the s3:// URL of a model.tar.gz',
);

/** As `objectOf`, every field optional. */
function overridesOf<const TEntries extends v.ObjectEntries>(entries: TEntries) {
  return v.pipe(
    v.custom<Record<string, unknown>>((value) => !Array.isArray(value), AN_OBJECT),
    v.partial(v.strictObject(entries, unknownFieldOf(entries))),
  );
}

/** The input of one execution of the state machine; each field overrides a configured default for that one run. */
export const executionInputSchema = objectOf({
  dataset: v.optional(overridesOf({ ...datasetFields, limits: overridesOf(limitFields) })),
  training: v.optional(overridesOf({ ...trainingFields, ...searchFields })),
  gate: v.optional(overridesOf({ ...gateFields, waived: v.boolean('must be true or false') })),
  report: v.optional(overridesOf(reportFields)),
  /** `evenIfTakenDown`: deploys also when the endpoint was taken down while the execution trained. */
  serving: v.optional(overridesOf({ ...servingFields, evenIfTakenDown: v.boolean('must be true or false') })),
  /** Deploys this artifact and trains nothing. */
  modelDataUrl: v.optional(modelDataUrl),
  /** Takes the endpoint down, or brings the model back that was in service last; trains nothing. */
  endpoint: v.optional(v.picklist(['take-down', 'bring-back'], 'must be take-down or bring-back')),
});

export type ExecutionInput = v.InferOutput<typeof executionInputSchema>;

/** The fields of training that one candidate sets otherwise. */
export type TrainingCandidate = NonNullable<NonNullable<ExecutionInput['training']>['candidates']>[number];
