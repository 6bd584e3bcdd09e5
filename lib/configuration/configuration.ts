import { readFileSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as v from 'valibot';
import { describeIssues, objectOf, text, wholeNumber } from '../../lambda/shared/validation';
import { described } from './described';
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

/** Of all allowed origins. */
const MOST_ORIGIN_BYTES = 3000;

const flag = v.boolean('must be true or false');

/** A section of the configuration: leaving it out means all of its defaults, which the schema of `{}` fills in. */
function section<const TEntries extends v.ObjectEntries>(entries: TEntries) {
  return v.optional(objectOf(entries), {} as never);
}

const bucketName = text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket');
const bucketNames = v.array(bucketName, 'must be a list of bucket names');

/**
 * The application's configuration: `configuration.json`, every field optional. Each default stands here and nowhere
 * else. What one execution may override is named as in the execution input. The descriptions make docs/configuration.md.
 */
export const configurationSchema = objectOf({
  name: v.optional(
    described(
      v.pipe(
        text(
          /^[a-z][a-z0-9-]{0,13}[a-z0-9]$/,
          'must be 2 to 15 lower-case letters, digits and hyphens, beginning with a letter',
        ),
        v.regex(
          /^(?!aws|ssm)/,
          'must not begin with aws or ssm, as no SSM parameter may that is named after it; set another',
        ),
      ),
      'With `stage`, the prefix of the name of every stack and resource: two that differ live side by side in one account and region.',
    ),
    'classifier',
  ),
  stage: v.optional(
    described(
      text(/^[a-z0-9]{1,10}$/, 'must be 1 to 10 lower-case letters and digits'),
      'Lets one account and region hold several of one name, such as `dev` and `production`.',
    ),
    'dev',
  ),
  removalPolicy: v.optional(
    described(
      v.picklist(['retain', 'destroy'], 'must be retain or destroy'),
      'What becomes of the buckets that the storage stack has made when it is deleted: `retain` or `destroy`.',
    ),
    'retain',
  ),
  storage: section({
    dataBucket: v.optional(
      described(
        bucketName,
        'An existing bucket for the data, such as an earlier deployment has left; a deployment keeps it ([deploy.md](deploy.md#buckets-of-your-own)). Default: a new one.',
      ),
    ),
    artifactsBucket: v.optional(
      described(bucketName, 'The same for the artifacts, of one deployment alone. Default: a new one.'),
    ),
  }),
  logRetentionDays: v.optional(
    described(
      v.enum(RetentionDays, 'must be a retention that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 180, 365, …'),
      'Days that logs are kept; 9999: for ever.',
    ),
    RetentionDays.ONE_MONTH,
  ),

  dataset: section({
    source: v.optional(
      described(
        datasetFields.source,
        '`s3://` or `https://` URL of a data file, or an S3 folder of them ([data.md](data.md)).',
      ),
      COLA_URL,
    ),
    testSource: v.optional(
      described(datasetFields.testSource, 'The same of the test split. Default: it is made of `source`.'),
    ),
    textColumn: v.optional(
      described(
        datasetFields.textColumn,
        'The column of the texts, by its name or its number from 1 on. Default: the one that is called as usual.',
      ),
    ),
    pairColumn: v.optional(
      described(
        datasetFields.pairColumn,
        'The column of second texts, where pairs of texts are classified. Default: `text_pair`, if there is one.',
      ),
    ),
    labelColumn: v.optional(
      described(datasetFields.labelColumn, 'The column of the labels. Default: the one that is called as usual.'),
    ),
    labelSeparator: v.optional(
      described(
        datasetFields.labelSeparator,
        'What stands between two labels of one text. Default: a text has one label, or a list of them.',
      ),
    ),
    testFraction: v.optional(
      described(datasetFields.testFraction, 'The share of each label that is tested with and not trained on.'),
      0.25,
    ),
    rareLabels: v.optional(
      described(
        datasetFields.rareLabels,
        'What becomes of labels with fewer than four texts: the dataset is refused, or their rows are left out (`drop`) or only trained on (`train-only`).',
      ),
      'refuse',
    ),
    limits: section({
      emptyRows: v.optional(
        described(limitFields.emptyRows, 'The share of rows without text or label beyond which a dataset is refused.'),
        0.01,
      ),
      conflictingRows: v.optional(
        described(limitFields.conflictingRows, 'The same of rows with the text of another row and not its label.'),
        0.1,
      ),
      truncatedTokens: v.optional(
        described(limitFields.truncatedTokens, 'The same of words beyond `training.maxLength`, of all words.'),
        0.5,
      ),
      largestLabel: v.optional(
        described(limitFields.largestLabel, 'The same of texts with the most frequent label.'),
        0.99,
      ),
    }),
    readableBuckets: v.optional(
      described(bucketNames, 'Other buckets that executions may read datasets and base models from.'),
      [],
    ),
  }),

  training: section({
    baseModel: v.optional(
      described(
        trainingFields.baseModel,
        'Any encoder: a model id of the Hugging Face hub, or an `s3://` folder ([models.md](models.md)).',
      ),
      'bert-base-uncased',
    ),
    epochs: v.optional(
      described(
        trainingFields.epochs,
        'Passes over the training data; 0 exports a finished classifier as it is ([training.md](training.md)). Default: by the size of the data, 3 to 40.',
      ),
    ),
    batchSize: v.optional(
      described(trainingFields.batchSize, 'Rows per optimizer step, over all instances together.'),
      16,
    ),
    learningRate: v.optional(described(trainingFields.learningRate, 'The peak, after the warm-up.'), 2e-5),
    maxLength: v.optional(
      described(trainingFields.maxLength, 'Tokens that are read of a text at once, at most what the base model takes.'),
      128,
    ),
    overflow: v.optional(
      described(
        trainingFields.overflow,
        'What becomes of longer texts, in training and by default in serving: `truncate`, `error` or `window` ([api.md](api.md#long-texts)).',
      ),
      'truncate',
    ),
    warmupRatio: v.optional(described(trainingFields.warmupRatio, 'The share of the steps that warm up.'), 0.1),
    weightDecay: v.optional(described(trainingFields.weightDecay, 'Decoupled, of weight matrices.'), 0.01),
    seed: v.optional(described(trainingFields.seed, 'Of all that is drawn by chance.'), 42),
    patience: v.optional(
      described(
        trainingFields.patience,
        'Of the ten measurements by the validation part, those in turn that may be no better before training ends early.',
      ),
      4,
    ),
    classWeights: v.optional(
      described(
        trainingFields.classWeights,
        '`balanced`: rows of rare labels count more, so that all labels count alike.',
      ),
      'none',
    ),
    labelSmoothing: v.optional(
      described(trainingFields.labelSmoothing, 'The share of the target that is given to all labels alike.'),
      0,
    ),
    instanceType: v.optional(
      described(trainingFields.instanceType, 'Any `ml.*`, but no `ml.p2` and `ml.p3`, and none with Graviton.'),
      'ml.g5.xlarge',
    ),
    instanceCount: v.optional(described(trainingFields.instanceCount, 'More than one train data-parallel.'), 1),
    volumeSizeInGb: v.optional(described(wholeNumber(1, 16384), 'The disk of each instance.'), 50),
    maxRuntimeInSeconds: v.optional(
      described(trainingFields.maxRuntimeInSeconds, 'Then the job is stopped, and has failed.'),
      14_400,
    ),
    candidates: v.optional(
      described(
        searchFields.candidates,
        'Up to 12 objects, each of which sets some of the fields above otherwise; all are trained, and the best on the validation part is served ([candidates.md](candidates.md)).',
      ),
      [],
    ),
    maxConcurrency: v.optional(described(searchFields.maxConcurrency, "Of the candidates' jobs, at once."), 2),
    maxCostUsd: v.optional(
      described(searchFields.maxCostUsd, 'Refuses training that could cost more. Default: it may cost what it costs.'),
    ),
    instancePrices: v.optional(
      described(
        instancePrices,
        'USD per hour by type of instance, where [prices.ts](../lambda/shared/prices.ts) does not know it for the region, or knows it wrong.',
      ),
      {},
    ),
    useSpotInstances: v.optional(
      described(flag, 'Trains on spare capacity, with checkpoints, at up to 90 % off.'),
      false,
    ),
    maxWaitTimeInSeconds: v.optional(
      described(wholeNumber(60, 432_000), 'For spare capacity, the run included.'),
      28_800,
    ),
    imageTag: v.optional(
      described(
        text(/^[\w.-]+$/, 'must be the tag of a huggingface-pytorch-training image'),
        'Of `huggingface-pytorch-training`.',
      ),
      '2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04',
    ),
  }),

  gate: section({
    metric: v.optional(
      described(
        gateFields.metric,
        '`matthews_correlation`, `accuracy`, `micro_f1` or `macro_f1`, on the whole test split.',
      ),
      'matthews_correlation',
    ),
    minimum: v.optional(described(gateFields.minimum, 'The least value of it with which a model is served.'), 0.2),
  }),

  report: section({
    mistakes: v.optional(
      described(
        reportFields.mistakes,
        'Of test texts that are answered wrong, the report has the numbers of the `rows`, or their `texts` too ([report.md](report.md)).',
      ),
      'rows',
    ),
  }),

  serving: v.optional(servingConfigurationSchema, {} as never),

  batch: section({
    instanceType: v.optional(
      described(
        batchInstanceType,
        'Of the job that classifies whole tables; none with an accelerator or with Graviton.',
      ),
      'ml.c7i.4xlarge',
    ),
    instanceCount: v.optional(
      described(wholeNumber(1, 100), 'At most: no more than there are parts, of 5,000 to 50,000 rows each.'),
      1,
    ),
    maxCostUsd: v.optional(
      described(
        searchFields.maxCostUsd,
        'Refuses a batch that would cost more, and ends one that does. Default: it may cost what it costs.',
      ),
    ),
    outputBuckets: v.optional(
      described(bucketNames, 'Other buckets than the data bucket that results may be written to.'),
      [],
    ),
  }),

  api: section({
    authorization: v.optional(
      described(
        v.picklist(['api-key', 'iam'], 'must be api-key or iam'),
        '`api-key`, or `iam`: requests are signed with AWS credentials.',
      ),
      'api-key',
    ),
    allowedOrigins: v.optional(
      described(
        v.pipe(
          v.array(
            text(/^(?:\*|https?:\/\/[^\s/]+)$/, 'must be an origin such as https://example.com'),
            'must be a list of origins',
          ),
          // The function that classifies has them in its environment, which has room for 4 KB.
          v.check(
            (origins) => Buffer.byteLength(origins.join()) <= MOST_ORIGIN_BYTES,
            `must have at most ${MOST_ORIGIN_BYTES} characters in all`,
          ),
        ),
        'Web origins that browsers may call from, such as `https://example.com`; `*` is every one.',
      ),
      [],
    ),
    rateLimit: v.optional(
      described(wholeNumber(1, 10_000), 'Requests per second, sustained, of each API key, and of all together.'),
      50,
    ),
    burstLimit: v.optional(
      described(wholeNumber(1, 5_000), 'Requests at once, of each API key, and of all together.'),
      100,
    ),
    pages: v.optional(
      described(
        flag,
        'Shows everyone a page to try the API, which asks for the key, and the description of the API ([api.md](api.md#the-page-and-the-description-of-the-api)).',
      ),
      false,
    ),
    bearerKeys: v.optional(
      described(
        flag,
        'Adds an address, by CloudFront, that takes the API key as `Authorization: Bearer` too ([api.md](api.md#bearer-keys)).',
      ),
      false,
    ),
  }),

  notifications: section({
    emails: v.optional(
      described(
        v.array(text(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address'), 'must be a list of e-mail addresses'),
        'Who is told of failed executions, of alarms, and when AWS refuses the accelerator; AWS asks each address to confirm.',
      ),
      [],
    ),
  }),

  images: section({
    registryAccount: v.optional(
      described(
        text(/^\d{12}$/, 'must be an account number of 12 digits'),
        "The account of AWS's Deep Learning Containers. Default: the one that CDK knows for the region.",
      ),
    ),
  }),
});

export type Configuration = v.InferOutput<typeof configurationSchema>;

/** What a configuration file itself sets, by its sections, without the defaults. */
export type ConfiguredFields = v.InferInput<typeof configurationSchema>;

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
  return parseConfiguration(readJson(file), file);
}

/** @throws InvalidConfiguration as `readConfiguration` does */
export function readConfiguredFields(file: string): ConfiguredFields {
  const value = readJson(file);
  parseConfiguration(value, file);
  return value as ConfiguredFields;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new InvalidConfiguration(`${file} cannot be read as JSON: ${String(error)}`);
  }
}

/** `name` and `stage` as one: what every stack and physical name begins with. At most 26 characters. */
export function prefixOf({ name, stage }: Configuration): string {
  return `${name}-${stage}`;
}
