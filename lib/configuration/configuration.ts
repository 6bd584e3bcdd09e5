import { readFileSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { describeIssues, objectOf, text, wholeNumber } from '../../lambda/shared/validation';
import {
  datasetFields,
  gateFields,
  reportFields,
  limitFields,
  searchFields,
  trainingFields,
} from '../../lambda/shared/execution-input';
import { batchInstanceType } from '../../lambda/shared/batch-input';
import { instancePrices } from '../../lambda/shared/prices';
import { servingConfigurationSchema } from './serving-configuration';

/** The corpus of the reference task: Warstadt et al., "Neural Network Acceptability Judgments", 2018. */
export const COLA_URL = 'https://nyu-mll.github.io/CoLA/cola_public_1.1.zip';

const flag = v.boolean('must be true or false');

/** A section of the configuration: leaving it out means all of its defaults, which the schema of `{}` fills in. */
function section<const TEntries extends v.ObjectEntries>(entries: TEntries) {
  return v.optional(objectOf(entries), {} as never);
}

const bucketName = text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket');

/**
 * The application's configuration: `configuration.json`, every field optional. Each default stands here and nowhere
 * else. What one execution may override is named as in the execution input.
 */
const configurationSchema = objectOf({
  /** With `stage`, the prefix of every stack and physical name. */
  name: v.optional(
    text(
      /^[a-z][a-z0-9-]{0,13}[a-z0-9]$/,
      'must be 2 to 15 lower-case letters, digits and hyphens, beginning with a letter',
    ),
    'classifier',
  ),
  /** Lets one account and region hold several of one name: dev, staging, production. */
  stage: v.optional(text(/^[a-z0-9]{1,10}$/, 'must be 1 to 10 lower-case letters and digits'), 'dev'),
  /** What happens to data and artifacts when the storage stack is deleted. */
  removalPolicy: v.optional(v.picklist(['retain', 'destroy'], 'must be retain or destroy'), 'retain'),
  /** Existing buckets to use instead of making new ones, such as those that an earlier deployment has left. */
  storage: section({
    /** Default: the storage stack makes one. */
    dataBucket: v.optional(bucketName),
    /** Default: the storage stack makes one. */
    artifactsBucket: v.optional(bucketName),
  }),
  /** Days that logs are kept. */
  logRetentionDays: v.optional(
    v.enum(RetentionDays, 'must be a retention that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 180, 365, …'),
    RetentionDays.ONE_MONTH,
  ),

  dataset: section({
    source: v.optional(datasetFields.source, COLA_URL),
    /** The test split. Default: it is made of `source`. */
    testSource: v.optional(datasetFields.testSource),
    /** The column of the texts, by its name or its number from 1 on. Default: the one that is called as usual. */
    textColumn: v.optional(datasetFields.textColumn),
    /** The column of second texts, where pairs of texts are classified. Default: `text_pair`, if there is one. */
    pairColumn: v.optional(datasetFields.pairColumn),
    /** The column of the labels. Default: the one that is called as usual. */
    labelColumn: v.optional(datasetFields.labelColumn),
    /** What stands between two labels of one text. Default: a text has one label, or a list of them. */
    labelSeparator: v.optional(datasetFields.labelSeparator),
    /** The share of each label that is tested with and not trained on. */
    testFraction: v.optional(datasetFields.testFraction, 0.25),
    /** What becomes of a label with too few texts for both sides: the dataset is refused, or its rows are dropped or trained on. */
    rareLabels: v.optional(datasetFields.rareLabels, 'refuse'),
    /** Shares beyond which a dataset is refused before anything is spent on it. */
    limits: section({
      /** Of rows without text or label, which are left out. */
      emptyRows: v.optional(limitFields.emptyRows, 0.01),
      /** Of rows with the text of another row and not its label. */
      conflictingRows: v.optional(limitFields.conflictingRows, 0.1),
      /** Of all words, of those beyond `training.maxLength`. */
      truncatedTokens: v.optional(limitFields.truncatedTokens, 0.5),
      /** Of texts with the most frequent label. */
      largestLabel: v.optional(limitFields.largestLabel, 0.99),
    }),
    /** Other buckets that an execution may read datasets and base models from. */
    readableBuckets: v.optional(v.array(bucketName, 'must be a list of bucket names'), []),
  }),

  training: section({
    baseModel: v.optional(trainingFields.baseModel, 'bert-base-uncased'),
    /** Passes over the training data. Default: three, or more where the data have few rows. */
    epochs: v.optional(trainingFields.epochs),
    /** Rows per optimizer step, over all instances together. */
    batchSize: v.optional(trainingFields.batchSize, 16),
    learningRate: v.optional(trainingFields.learningRate, 2e-5),
    /** The tokens that are read of a text at once, in training and in serving. */
    maxLength: v.optional(trainingFields.maxLength, 128),
    /** What becomes of a longer text, in training and, where a request does not say, in serving. */
    overflow: v.optional(trainingFields.overflow, 'truncate'),
    warmupRatio: v.optional(trainingFields.warmupRatio, 0.1),
    weightDecay: v.optional(trainingFields.weightDecay, 0.01),
    seed: v.optional(trainingFields.seed, 42),
    /** Of the ten measurements by the validation part, those in turn that may be no better before training ends early. */
    patience: v.optional(trainingFields.patience, 4),
    /** `balanced`: rows of rare labels count more, so that all labels count alike. */
    classWeights: v.optional(trainingFields.classWeights, 'none'),
    /** The share of the target that is given to all labels alike. */
    labelSmoothing: v.optional(trainingFields.labelSmoothing, 0),
    instanceType: v.optional(trainingFields.instanceType, 'ml.g5.xlarge'),
    instanceCount: v.optional(trainingFields.instanceCount, 1),
    volumeSizeInGb: v.optional(wholeNumber(1, 16384), 50),
    maxRuntimeInSeconds: v.optional(trainingFields.maxRuntimeInSeconds, 14_400),
    /** Each sets some of the fields above otherwise; all are trained, and the best on the validation part is served. */
    candidates: v.optional(searchFields.candidates, []),
    /** Of the candidates' jobs, at once. */
    maxConcurrency: v.optional(searchFields.maxConcurrency, 2),
    /** Refuses training that could cost more. Default: it may cost what it costs. */
    maxCostUsd: v.optional(searchFields.maxCostUsd),
    /** USD per hour by type of instance, where lambda/shared/prices.ts does not know it for the region, or knows it wrong. */
    instancePrices: v.optional(instancePrices, {}),
    /** Trains on spare capacity, with checkpoints, at up to 90 % off; waits up to `maxWaitTimeInSeconds` in all. */
    useSpotInstances: v.optional(flag, false),
    maxWaitTimeInSeconds: v.optional(wholeNumber(60, 432_000), 28_800),
    imageTag: v.optional(
      text(/^[\w.-]+$/, 'must be the tag of a huggingface-pytorch-training image'),
      '2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04',
    ),
  }),

  gate: section({
    metric: v.optional(gateFields.metric, 'matthews_correlation'),
    /** The least value of `metric` on the test split with which a model is served. */
    minimum: v.optional(gateFields.minimum, 0.2),
  }),

  report: section({
    /** Of the answers on the test split that are wrong, the report of a training has the rows' numbers, or their texts too. */
    mistakes: v.optional(reportFields.mistakes, 'rows'),
  }),

  /** How the model is served, by `profile`: see serving-configuration.ts. */
  serving: v.optional(servingConfigurationSchema, {} as never),

  batch: section({
    instanceType: v.optional(batchInstanceType, 'ml.c7i.4xlarge'),
    /** At most: no more than there are parts, of some 50,000 rows each. */
    instanceCount: v.optional(wholeNumber(1, 100), 1),
    /** Refuses a batch that would cost more, and ends one that does. Default: it may cost what it costs. */
    maxCostUsd: v.optional(searchFields.maxCostUsd),
    /** Other buckets than the data bucket that results may be written to. */
    outputBuckets: v.optional(v.array(bucketName, 'must be a list of bucket names'), []),
  }),

  api: section({
    authorization: v.optional(v.picklist(['api-key', 'iam'], 'must be api-key or iam'), 'api-key'),
    /** Web origins that browsers may call from, e.g. https://example.com. */
    allowedOrigins: v.optional(
      v.array(
        text(/^(?:\*|https?:\/\/[^\s/]+)$/, 'must be an origin such as https://example.com'),
        'must be a list of origins',
      ),
      [],
    ),
    /** Requests per second, sustained, of one API key. */
    rateLimit: v.optional(wholeNumber(1, 10_000), 50),
    /** Requests at once, of one API key. */
    burstLimit: v.optional(wholeNumber(1, 5_000), 100),
    /** Shows everyone a page to try the API, which asks for the key, and the description of the API. */
    pages: v.optional(flag, false),
    /** Adds an address, by CloudFront, that takes the API key as `Authorization: Bearer` too. */
    bearerKeys: v.optional(flag, false),
  }),

  notifications: section({
    /** Who is told of failed executions, of alarms, and when AWS refuses the accelerator; each address is asked by AWS to confirm. */
    emails: v.optional(
      v.array(text(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address'), 'must be a list of e-mail addresses'),
      [],
    ),
  }),

  images: section({
    /** The account of AWS's Deep Learning Containers. Default: the one CDK knows for the region. */
    registryAccount: v.optional(text(/^\d{12}$/, 'must be an account number of 12 digits')),
  }),
});

export type Configuration = v.InferOutput<typeof configurationSchema>;

/** Says which field of which configuration is wrong. */
export class InvalidConfiguration extends Error {
  override readonly name = 'InvalidConfiguration';
}

/**
 * The whole configuration, defaults filled in.
 *
 * @param value what a configuration file holds
 * @param source where the value is from, for messages
 * @throws InvalidConfiguration naming each wrong field, its value and what is allowed
 */
export function parseConfiguration(value: unknown, source = 'configuration'): Configuration {
  const result = v.safeParse(configurationSchema, value);
  if (!result.success) {
    throw new InvalidConfiguration(`${source}: ${describeIssues(result.issues, 'the configuration')}`);
  }
  const contradiction = contradictionIn(result.output);
  if (contradiction !== undefined) {
    throw new InvalidConfiguration(`${source}: ${contradiction}`);
  }
  return result.output;
}

/** What two fields, each legal by itself, have against each other. */
function contradictionIn({ training, serving, api }: Configuration): string | undefined {
  if (training.useSpotInstances && training.maxWaitTimeInSeconds < training.maxRuntimeInSeconds) {
    return (
      `training.maxWaitTimeInSeconds must be at least training.maxRuntimeInSeconds (${training.maxRuntimeInSeconds}), ` +
      `not ${training.maxWaitTimeInSeconds}`
    );
  }
  if (api.authorization === 'iam' && (api.pages || api.bearerKeys)) {
    return `api.${api.pages ? 'pages' : 'bearerKeys'} must be false where api.authorization is iam, which has no API key`;
  }
  if (serving.profile === 'serverless') {
    const { provisionedConcurrency = 0, maxConcurrency } = serving;
    return provisionedConcurrency > maxConcurrency
      ? `serving.provisionedConcurrency must be at most serving.maxConcurrency (${maxConcurrency}), not ${provisionedConcurrency}`
      : undefined;
  }
  const { maxInstanceCount = Infinity, instanceCount } = serving;
  return maxInstanceCount < instanceCount
    ? `serving.maxInstanceCount must be at least serving.instanceCount (${instanceCount}), not ${maxInstanceCount}`
    : undefined;
}

/** @throws InvalidConfiguration when the file is missing, is not JSON, or has a wrong field */
export function readConfiguration(file: string): Configuration {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InvalidConfiguration(`${file} cannot be read as JSON: ${String(error)}`);
  }
  return parseConfiguration(value, file);
}

/** `name` and `stage` as one: what every stack and physical name begins with. At most 26 characters. */
export function prefixOf({ name, stage }: Configuration): string {
  return `${name}-${stage}`;
}
