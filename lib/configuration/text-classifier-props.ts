import type { RemovalPolicy } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/*
 * The options of configuration.json as properties of a construct: written by `npm run docs` from the configuration's schema.
 * All of them are plain interfaces, as jsii needs them to offer the construct to other languages.
 */

/**
 * What a classifier is to be: docs/configuration.md.
 */
export interface TextClassifierProps {
  /**
   * With `stage`, the prefix of the name of every stack and resource: two that differ live side by side in one
   * account and region.
   *
   * @default - made of the id and the path of the construct, so that no two share one
   */
  readonly name?: string;
  /**
   * Lets one account and region hold several of one name, such as `dev` and `production`.
   *
   * @default dev
   */
  readonly stage?: string;
  /**
   * What becomes of the buckets that the storage stack has made when it is deleted: RETAIN or DESTROY.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * @default - what StorageOptions says
   */
  readonly storage?: StorageOptions;
  /**
   * Days that logs are kept; 9999: for ever.
   *
   * @default 30
   */
  readonly logRetentionDays?: RetentionDays;
  /**
   * @default - what DatasetOptions says
   */
  readonly dataset?: DatasetOptions;
  /**
   * @default - what TrainingOptions says
   */
  readonly training?: TrainingOptions;
  /**
   * @default - what GateOptions says
   */
  readonly gate?: GateOptions;
  /**
   * @default - what ReportOptions says
   */
  readonly report?: ReportOptions;
  /**
   * @default - what ServingOptions says
   */
  readonly serving?: ServingOptions;
  /**
   * @default - what BatchOptions says
   */
  readonly batch?: BatchOptions;
  /**
   * @default - what ApiOptions says
   */
  readonly api?: ApiOptions;
  /**
   * @default - what NotificationsOptions says
   */
  readonly notifications?: NotificationsOptions;
  /**
   * @default - what ImagesOptions says
   */
  readonly images?: ImagesOptions;
}

/**
 * `storage` of the configuration: docs/configuration.md.
 */
export interface StorageOptions {
  /**
   * An existing bucket for the data, such as an earlier deployment has left; a deployment keeps it
   * (docs/deploy.md).
   *
   * @default - a new one
   */
  readonly dataBucket?: string;
  /**
   * The same for the artifacts, of one deployment alone.
   *
   * @default - a new one
   */
  readonly artifactsBucket?: string;
}

/**
 * `dataset.limits` of the configuration: docs/configuration.md.
 */
export interface DatasetLimitsOptions {
  /**
   * The share of rows without text or label beyond which a dataset is refused.
   *
   * @default 0.01
   */
  readonly emptyRows?: number;
  /**
   * The same of rows with the text of another row and not its label.
   *
   * @default 0.1
   */
  readonly conflictingRows?: number;
  /**
   * The same of words beyond `training.maxLength`, of all words.
   *
   * @default 0.5
   */
  readonly truncatedTokens?: number;
  /**
   * The same of texts with the most frequent label.
   *
   * @default 0.99
   */
  readonly largestLabel?: number;
}

/**
 * `dataset` of the configuration: docs/configuration.md.
 */
export interface DatasetOptions {
  /**
   * `s3://` or `https://` URL of a data file, or an S3 folder of them (docs/data.md).
   *
   * @default https://nyu-mll.github.io/CoLA/cola_public_1.1.zip
   */
  readonly source?: string;
  /**
   * The same of the test split.
   *
   * @default - it is made of `source`
   */
  readonly testSource?: string;
  /**
   * The column of the texts, by its name or its number from 1 on.
   *
   * @default - the one that is called as usual
   */
  readonly textColumn?: string | number;
  /**
   * The column of second texts, where pairs of texts are classified.
   *
   * @default - `text_pair`, if there is one
   */
  readonly pairColumn?: string | number;
  /**
   * The column of the labels.
   *
   * @default - the one that is called as usual
   */
  readonly labelColumn?: string | number;
  /**
   * What stands between two labels of one text.
   *
   * @default - a text has one label, or a list of them
   */
  readonly labelSeparator?: string;
  /**
   * The share of each label that is tested with and not trained on.
   *
   * @default 0.25
   */
  readonly testFraction?: number;
  /**
   * What becomes of labels with fewer than four texts: the dataset is refused, or their rows are left out (`drop`)
   * or only trained on (`train-only`).
   *
   * @default refuse
   */
  readonly rareLabels?: 'refuse' | 'drop' | 'train-only';
  /**
   * @default - what DatasetLimitsOptions says
   */
  readonly limits?: DatasetLimitsOptions;
  /**
   * Other buckets that executions may read datasets and base models from.
   *
   * @default - none
   */
  readonly readableBuckets?: string[];
}

/**
 * `training.candidates` of the configuration: docs/configuration.md.
 */
export interface TrainingCandidate {
  /**
   * Any encoder: a model id of the Hugging Face hub, or an `s3://` folder (docs/models.md).
   *
   * @default - that of `training`
   */
  readonly baseModel?: string;
  /**
   * Passes over the training data; 0 exports a finished classifier as it is (docs/training.md).
   *
   * @default - that of `training`
   */
  readonly epochs?: number;
  /**
   * Rows per optimizer step, over all instances together.
   *
   * @default - that of `training`
   */
  readonly batchSize?: number;
  /**
   * The peak, after the warm-up.
   *
   * @default - that of `training`
   */
  readonly learningRate?: number;
  /**
   * Tokens that are read of a text at once, at most what the base model takes.
   *
   * @default - that of `training`
   */
  readonly maxLength?: number;
  /**
   * What becomes of longer texts, in training and by default in serving: `truncate`, `error` or `window`
   * (docs/api.md).
   *
   * @default - that of `training`
   */
  readonly overflow?: 'truncate' | 'error' | 'window';
  /**
   * The share of the steps that warm up.
   *
   * @default - that of `training`
   */
  readonly warmupRatio?: number;
  /**
   * Decoupled, of weight matrices.
   *
   * @default - that of `training`
   */
  readonly weightDecay?: number;
  /**
   * Of all that is drawn by chance.
   *
   * @default - that of `training`
   */
  readonly seed?: number;
  /**
   * Of the ten measurements by the validation part, those in turn that may be no better before training ends
   * early.
   *
   * @default - that of `training`
   */
  readonly patience?: number;
  /**
   * `balanced`: rows of rare labels count more, so that all labels count alike.
   *
   * @default - that of `training`
   */
  readonly classWeights?: 'none' | 'balanced';
  /**
   * The share of the target that is given to all labels alike.
   *
   * @default - that of `training`
   */
  readonly labelSmoothing?: number;
  /**
   * Any `ml.*`, but no `ml.p2` and `ml.p3`, and none with Graviton.
   *
   * @default - that of `training`
   */
  readonly instanceType?: string;
  /**
   * More than one train data-parallel.
   *
   * @default - that of `training`
   */
  readonly instanceCount?: number;
  /**
   * Then the job is stopped, and has failed.
   *
   * @default - that of `training`
   */
  readonly maxRuntimeInSeconds?: number;
}

/**
 * `training` of the configuration: docs/configuration.md.
 */
export interface TrainingOptions {
  /**
   * Any encoder: a model id of the Hugging Face hub, or an `s3://` folder (docs/models.md).
   *
   * @default bert-base-uncased
   */
  readonly baseModel?: string;
  /**
   * Passes over the training data; 0 exports a finished classifier as it is (docs/training.md).
   *
   * @default - by the size of the data, 3 to 40
   */
  readonly epochs?: number;
  /**
   * Rows per optimizer step, over all instances together.
   *
   * @default 16
   */
  readonly batchSize?: number;
  /**
   * The peak, after the warm-up.
   *
   * @default 0.00002
   */
  readonly learningRate?: number;
  /**
   * Tokens that are read of a text at once, at most what the base model takes.
   *
   * @default 128
   */
  readonly maxLength?: number;
  /**
   * What becomes of longer texts, in training and by default in serving: `truncate`, `error` or `window`
   * (docs/api.md).
   *
   * @default truncate
   */
  readonly overflow?: 'truncate' | 'error' | 'window';
  /**
   * The share of the steps that warm up.
   *
   * @default 0.1
   */
  readonly warmupRatio?: number;
  /**
   * Decoupled, of weight matrices.
   *
   * @default 0.01
   */
  readonly weightDecay?: number;
  /**
   * Of all that is drawn by chance.
   *
   * @default 42
   */
  readonly seed?: number;
  /**
   * Of the ten measurements by the validation part, those in turn that may be no better before training ends
   * early.
   *
   * @default 4
   */
  readonly patience?: number;
  /**
   * `balanced`: rows of rare labels count more, so that all labels count alike.
   *
   * @default none
   */
  readonly classWeights?: 'none' | 'balanced';
  /**
   * The share of the target that is given to all labels alike.
   *
   * @default 0
   */
  readonly labelSmoothing?: number;
  /**
   * Any `ml.*`, but no `ml.p2` and `ml.p3`, and none with Graviton.
   *
   * @default ml.g5.xlarge
   */
  readonly instanceType?: string;
  /**
   * More than one train data-parallel.
   *
   * @default 1
   */
  readonly instanceCount?: number;
  /**
   * The disk of each instance.
   *
   * @default 50
   */
  readonly volumeSizeInGb?: number;
  /**
   * Then the job is stopped, and has failed.
   *
   * @default 14400
   */
  readonly maxRuntimeInSeconds?: number;
  /**
   * Up to 12 objects, each of which sets some of the fields above otherwise; all are trained, and the best on the
   * validation part is served (docs/candidates.md).
   *
   * @default - none
   */
  readonly candidates?: TrainingCandidate[];
  /**
   * Of the candidates' jobs, at once.
   *
   * @default 2
   */
  readonly maxConcurrency?: number;
  /**
   * Refuses training that could cost more.
   *
   * @default - it may cost what it costs
   */
  readonly maxCostUsd?: number;
  /**
   * USD per hour by type of instance, where lambda/shared/prices.ts does not know it for the region, or knows it
   * wrong.
   *
   * @default - none
   */
  readonly instancePrices?: { readonly [key: string]: number };
  /**
   * Trains on spare capacity, with checkpoints, at up to 90 % off.
   *
   * @default false
   */
  readonly useSpotInstances?: boolean;
  /**
   * For spare capacity, the run included.
   *
   * @default 28800
   */
  readonly maxWaitTimeInSeconds?: number;
  /**
   * Of `huggingface-pytorch-training`.
   *
   * @default 2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04
   */
  readonly imageTag?: string;
}

/**
 * `gate` of the configuration: docs/configuration.md.
 */
export interface GateOptions {
  /**
   * `matthews_correlation`, `accuracy`, `micro_f1` or `macro_f1`, on the whole test split.
   *
   * @default matthews_correlation
   */
  readonly metric?: 'matthews_correlation' | 'accuracy' | 'micro_f1' | 'macro_f1';
  /**
   * The least value of it with which a model is served.
   *
   * @default 0.2
   */
  readonly minimum?: number;
}

/**
 * `report` of the configuration: docs/configuration.md.
 */
export interface ReportOptions {
  /**
   * Of test texts that are answered wrong, the report has the numbers of the `rows`, or their `texts` too
   * (docs/report.md).
   *
   * @default rows
   */
  readonly mistakes?: 'rows' | 'texts';
}

/**
 * `serving.vpc` of the configuration: docs/configuration.md.
 */
export interface ServingVpcOptions {
  readonly securityGroupIds: string[];
  readonly subnetIds: string[];
}

/**
 * `serving` of the configuration: docs/configuration.md.
 */
export interface ServingOptions {
  /**
   * What the model is served by. AWS has closed Elastic Inference: with that, cdk deploy fails in the last stack,
   * after all else is deployed.
   *
   * @default cpu
   */
  readonly profile?: 'elastic-inference' | 'cpu' | 'gpu' | 'serverless';
  /**
   * What to try beside the CPU; where AWS refuses it, the CPU serves alone. Only of elastic-inference.
   *
   * @default ml.eia2.xlarge
   */
  readonly accelerator?:
    'ml.eia1.medium' | 'ml.eia1.large' | 'ml.eia1.xlarge' | 'ml.eia2.medium' | 'ml.eia2.large' | 'ml.eia2.xlarge';
  /**
   * Tokens that the traced model takes, neither more nor less: texts are padded or truncated to it. Only of
   * elastic-inference.
   *
   * @default 64
   */
  readonly sequenceLength?: number;
  /**
   * What to do with a base model that cannot be traced: serve it by the `cpu`, or `refuse` it before it is
   * trained. Only of elastic-inference.
   *
   * @default cpu
   */
  readonly untraceableModel?: 'cpu' | 'refuse';
  /**
   * Of the endpoint; none with Graviton. Only of elastic-inference, cpu, gpu.
   *
   * @default - ml.m5.large (elastic-inference, cpu), ml.g5.xlarge (gpu)
   */
  readonly instanceType?: string;
  /**
   * With `maxInstanceCount`, the least that there are. Only of elastic-inference, cpu, gpu.
   *
   * @default 1
   */
  readonly instanceCount?: number;
  /**
   * Scales out up to this many instances, and in again. Only of elastic-inference, cpu, gpu.
   *
   * @default - no scaling
   */
  readonly maxInstanceCount?: number;
  /**
   * Where scaling aims at: requests per minute and instance. Only of elastic-inference, cpu, gpu.
   *
   * @default 600
   */
  readonly invocationsPerInstance?: number;
  /**
   * The container may not open network connections: everything it needs is in the image or the artifact. Only of
   * elastic-inference, cpu, gpu.
   *
   * @default true
   */
  readonly networkIsolation?: boolean;
  /**
   * `{"securityGroupIds": […], "subnetIds": […]}`: runs the container there; the subnets need a way to S3. Only of
   * elastic-inference, cpu, gpu.
   *
   * @default - none
   */
  readonly vpc?: ServingVpcOptions;
  /**
   * Of `huggingface-pytorch-inference`.
   *
   * @default - 2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04 (elastic-inference, cpu, serverless),
   * 2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04 (gpu)
   */
  readonly imageTag?: string;
  /**
   * Of `pytorch-inference-eia`. Only of elastic-inference.
   *
   * @default 1.5.1-cpu-py36-ubuntu16.04
   */
  readonly acceleratedImageTag?: string;
  /**
   * Of `pytorch-training`, for the job that traces. Only of elastic-inference.
   *
   * @default 1.3.1-cpu-py36-ubuntu16.04
   */
  readonly tracingImageTag?: string;
  /**
   * Of the job that traces; none with Graviton. Only of elastic-inference.
   *
   * @default ml.m5.xlarge
   */
  readonly tracingInstanceType?: string;
  /**
   * Of the instances, which decides their driver: that of a ml.g5's default is too old for the image's CUDA. Only
   * of gpu.
   *
   * @default al2-ami-sagemaker-inference-gpu-3-1
   */
  readonly inferenceAmiVersion?: string;
  /**
   * Of each container: 1024, 2048, 3072, 4096, 5120, 6144. Only of serverless.
   *
   * @default 4096
   */
  readonly memorySizeInMb?: 1024 | 2048 | 3072 | 4096 | 5120 | 6144;
  /**
   * Requests at once, each in a container of its own. Only of serverless.
   *
   * @default 10
   */
  readonly maxConcurrency?: number;
  /**
   * Containers that are kept ready, and paid for. Only of serverless.
   *
   * @default - none
   */
  readonly provisionedConcurrency?: number;
}

/**
 * `batch` of the configuration: docs/configuration.md.
 */
export interface BatchOptions {
  /**
   * Of the job that classifies whole tables; none with an accelerator or with Graviton.
   *
   * @default ml.c7i.4xlarge
   */
  readonly instanceType?: string;
  /**
   * At most: no more than there are parts, of 5,000 to 50,000 rows each.
   *
   * @default 1
   */
  readonly instanceCount?: number;
  /**
   * Refuses a batch that would cost more, and ends one that does.
   *
   * @default - it may cost what it costs
   */
  readonly maxCostUsd?: number;
  /**
   * Other buckets than the data bucket that results may be written to.
   *
   * @default - none
   */
  readonly outputBuckets?: string[];
}

/**
 * `api` of the configuration: docs/configuration.md.
 */
export interface ApiOptions {
  /**
   * `api-key`, or `iam`: requests are signed with AWS credentials.
   *
   * @default api-key
   */
  readonly authorization?: 'api-key' | 'iam';
  /**
   * Web origins that browsers may call from, such as `https://example.com`; `*` is every one.
   *
   * @default - none
   */
  readonly allowedOrigins?: string[];
  /**
   * Requests per second, sustained, of each API key, and of all together.
   *
   * @default 50
   */
  readonly rateLimit?: number;
  /**
   * Requests at once, of each API key, and of all together.
   *
   * @default 100
   */
  readonly burstLimit?: number;
  /**
   * Shows everyone a page to try the API, which asks for the key, and the description of the API (docs/api.md).
   *
   * @default false
   */
  readonly pages?: boolean;
  /**
   * Adds an address, by CloudFront, that takes the API key as `Authorization: Bearer` too (docs/api.md).
   *
   * @default false
   */
  readonly bearerKeys?: boolean;
}

/**
 * `notifications` of the configuration: docs/configuration.md.
 */
export interface NotificationsOptions {
  /**
   * Who is told of failed executions, of alarms, and when AWS refuses the accelerator; AWS asks each address to
   * confirm.
   *
   * @default - none
   */
  readonly emails?: string[];
}

/**
 * `images` of the configuration: docs/configuration.md.
 */
export interface ImagesOptions {
  /**
   * The account of AWS's Deep Learning Containers.
   *
   * @default - the one that CDK knows for the region
   */
  readonly registryAccount?: string;
}
