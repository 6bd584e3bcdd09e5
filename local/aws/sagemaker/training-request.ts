import * as v from 'valibot';
import { ValidationException } from './sagemaker-error';

const s3Uri = v.pipe(v.string(), v.regex(/^(https|s3):\/\/([^/]+)\/?(.*)$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const channel = v.strictObject({
  ChannelName: v.pipe(v.string(), v.regex(/^[A-Za-z0-9.\-_]+$/), v.maxLength(64)),
  ContentType: v.optional(v.string()),
  DataSource: v.strictObject({
    S3DataSource: v.strictObject({
      S3DataType: v.literal('S3Prefix'),
      S3Uri: s3Uri,
      S3DataDistributionType: v.optional(v.picklist(['FullyReplicated', 'ShardedByS3Key']), 'FullyReplicated'),
    }),
  }),
  // FastFile differs in speed only.
  InputMode: v.optional(v.picklist(['File', 'FastFile']), 'File'),
  CompressionType: v.optional(v.literal('None'), 'None'),
  RecordWrapperType: v.optional(v.literal('None'), 'None'),
  ShuffleConfig: v.optional(v.unknown()),
});

/** CreateTrainingJob's fields that a local job acts on; the others are known to the API and change nothing on one machine. */
const trainingRequest = v.strictObject({
  TrainingJobName: v.pipe(v.string(), v.regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/)),
  RoleArn: v.pipe(v.string(), v.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/?[\w+=,.@\-/]+$/)),
  AlgorithmSpecification: v.strictObject({
    TrainingImage: v.optional(v.string()),
    TrainingInputMode: v.picklist(['File', 'FastFile']),
    MetricDefinitions: v.optional(v.array(v.strictObject({ Name: v.string(), Regex: v.string() })), []),
    EnableSageMakerMetricsTimeSeries: v.optional(v.boolean()),
  }),
  HyperParameters: v.optional(
    v.record(v.pipe(v.string(), v.maxLength(256)), v.pipe(v.string(), v.maxLength(2500))),
    {},
  ),
  InputDataConfig: v.optional(v.pipe(v.array(channel), v.maxLength(20)), []),
  OutputDataConfig: v.strictObject({
    S3OutputPath: s3Uri,
    KmsKeyId: v.optional(v.string()),
    CompressionType: v.optional(v.literal('GZIP')),
  }),
  ResourceConfig: v.strictObject({
    InstanceType: v.pipe(v.string(), v.regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/)),
    InstanceCount: count,
    VolumeSizeInGB: count,
    VolumeKmsKeyId: v.optional(v.string()),
    KeepAlivePeriodInSeconds: v.optional(v.number()),
    TrainingPlanArn: v.optional(v.string()),
  }),
  StoppingCondition: v.strictObject({
    MaxRuntimeInSeconds: v.optional(count, 86_400),
    MaxWaitTimeInSeconds: v.optional(count),
    MaxPendingTimeInSeconds: v.optional(count),
  }),
  CheckpointConfig: v.optional(v.strictObject({ S3Uri: s3Uri, LocalPath: v.optional(v.string()) })),
  Environment: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-zA-Z_]\w*$/)), v.string()), {}),
  EnableManagedSpotTraining: v.optional(v.boolean(), false),
  EnableNetworkIsolation: v.optional(v.boolean(), false),
  EnableInterContainerTrafficEncryption: v.optional(v.boolean()),
  DebugHookConfig: v.optional(v.unknown()),
  DebugRuleConfigurations: v.optional(v.unknown()),
  ExperimentConfig: v.optional(v.unknown()),
  InfraCheckConfig: v.optional(v.unknown()),
  ProfilerConfig: v.optional(v.unknown()),
  ProfilerRuleConfigurations: v.optional(v.unknown()),
  RemoteDebugConfig: v.optional(v.unknown()),
  RetryStrategy: v.optional(v.unknown()),
  SessionChainingConfig: v.optional(v.unknown()),
  Tags: v.optional(v.unknown()),
  TensorBoardOutputConfig: v.optional(v.unknown()),
  VpcConfig: v.optional(v.unknown()),
});

/** A CreateTrainingJob request that a local job can carry out. */
export type TrainingRequest = v.InferOutput<typeof trainingRequest>;
export type TrainingChannel = v.InferOutput<typeof channel>;

/**
 * Checks a CreateTrainingJob request as SageMaker does.
 *
 * @throws ValidationException that names each field at fault
 */
export function parseTrainingRequest(request: unknown): TrainingRequest {
  const result = v.safeParse(trainingRequest, request);
  if (!result.success) {
    const faults = result.issues.map((issue) => {
      const value = issue.received === 'undefined' ? 'null' : JSON.stringify(issue.input);
      return `Value ${value} at '${v.getDotPath(issue) ?? 'request'}' failed to satisfy constraint: ${constraint(issue)}`;
    });
    throw new ValidationException(
      `${faults.length} validation error${faults.length > 1 ? 's' : ''} detected: ${faults.join('; ')}`,
    );
  }
  const { StoppingCondition, EnableManagedSpotTraining, AlgorithmSpecification } = result.output;
  if (
    EnableManagedSpotTraining &&
    (StoppingCondition.MaxWaitTimeInSeconds ?? 0) < StoppingCondition.MaxRuntimeInSeconds
  ) {
    throw new ValidationException(
      'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds',
    );
  }
  for (const { Name, Regex } of AlgorithmSpecification.MetricDefinitions) {
    try {
      new RegExp(Regex);
    } catch {
      throw new ValidationException(`The regular expression of the metric definition ${Name} is not valid: ${Regex}`);
    }
  }
  return result.output;
}

/** SageMaker's wording for the rule that a value breaks. */
function constraint(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'Member is not supported';
  if (issue.received === 'undefined') return 'Member must not be null';
  if (issue.type === 'regex') return `Member must satisfy regular expression pattern: ${issue.expected ?? ''}`;
  return `Member must be ${issue.expected ?? issue.message}`;
}
