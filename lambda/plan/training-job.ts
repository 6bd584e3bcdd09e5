import type { Channel, ExecutionParameters, TrainingJobPlan } from '../shared/plan';
import { pricePerHour } from '../shared/prices';

/** What every training job has, whatever its execution. */
export interface TrainingSettings {
  /** The s3:// URL of the training code's sourcedir.tar.gz. */
  readonly sourceUri: string;
  readonly region: string;
}

/** What a job has from the input's other sections: how its weights are chosen, as the gate judges them, and what is told. */
export type Judging = Pick<ExecutionParameters['gate'], 'metric'> & ExecutionParameters['report'];

/**
 * The job that trains with these parameters.
 *
 * @param channels of the dataset
 */
export function trainingJob(
  parameters: ExecutionParameters['training'],
  judging: Judging,
  channels: readonly Channel[],
  checkpointUri: string,
  settings: TrainingSettings,
): TrainingJobPlan {
  const { baseModel, instanceType, instanceCount, instancePrices, maxRuntimeInSeconds } = parameters;
  return {
    hyperParameters: hyperParameters(parameters, judging, settings),
    inputDataConfig: [...channels, ...(isS3(baseModel) ? [channel('base_model', withSlash(baseModel))] : [])],
    instanceType,
    instanceCount,
    instancePrice: pricePerHour(instanceType, settings.region, instancePrices) ?? null,
    maxRuntimeInSeconds,
    checkpointUri,
  };
}

/** SageMaker takes strings only; its training toolkit decodes each as JSON where that is possible. */
function hyperParameters(
  training: ExecutionParameters['training'],
  { metric, mistakes }: Judging,
  settings: TrainingSettings,
): Record<string, string> {
  return {
    // A model from S3 arrives as a channel instead.
    ...(isS3(training.baseModel) ? {} : { base_model: training.baseModel }),
    ...(training.epochs === undefined ? {} : { epochs: String(training.epochs) }),
    batch_size: String(training.batchSize),
    learning_rate: String(training.learningRate),
    max_length: String(training.maxLength),
    overflow: training.overflow,
    warmup_ratio: String(training.warmupRatio),
    weight_decay: String(training.weightDecay),
    seed: String(training.seed),
    metric,
    mistakes,
    patience: String(training.patience),
    class_weights: training.classWeights,
    label_smoothing: String(training.labelSmoothing),
    sagemaker_program: 'train.py',
    sagemaker_submit_directory: settings.sourceUri,
    sagemaker_torch_distributed_enabled: 'true',
    sagemaker_region: settings.region,
  };
}

/** An input channel of the files under a prefix. */
export function channel(name: string, uri: string): Channel {
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' },
    },
  };
}

export function isS3(uri: string): boolean {
  return uri.startsWith('s3://');
}

/** An S3 prefix without a slash at its end would also match the folder's longer-named neighbors. */
function withSlash(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`;
}
