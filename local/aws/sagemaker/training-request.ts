import * as v from 'valibot';
import { onlyRecorded, recorded } from './only-recorded';
import { parseRequest, resourceName } from './request-schema';
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
});

const trainingRequest = v.strictObject({
  ...recorded(onlyRecorded.CreateTrainingJobRequest),
  TrainingJobName: resourceName,
  RoleArn: v.pipe(v.string(), v.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/?[\w+=,.@\-/]+$/)),
  AlgorithmSpecification: v.strictObject({
    ...recorded(onlyRecorded.AlgorithmSpecification),
    TrainingInputMode: v.picklist(['File', 'FastFile']),
    MetricDefinitions: v.optional(v.array(v.strictObject({ Name: v.string(), Regex: v.string() })), []),
  }),
  HyperParameters: v.optional(
    v.record(v.pipe(v.string(), v.maxLength(256)), v.pipe(v.string(), v.maxLength(2500))),
    {},
  ),
  InputDataConfig: v.optional(v.pipe(v.array(channel), v.maxLength(20)), []),
  OutputDataConfig: v.strictObject({
    ...recorded(onlyRecorded.OutputDataConfig),
    S3OutputPath: s3Uri,
    CompressionType: v.optional(v.literal('GZIP')),
  }),
  ResourceConfig: v.strictObject({
    ...recorded(onlyRecorded.ResourceConfig),
    InstanceType: v.pipe(v.string(), v.regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/)),
    InstanceCount: count,
    VolumeSizeInGB: count,
  }),
  StoppingCondition: v.strictObject({
    MaxRuntimeInSeconds: v.optional(count, 86_400),
    MaxWaitTimeInSeconds: v.optional(count),
  }),
  CheckpointConfig: v.optional(
    v.strictObject({ S3Uri: s3Uri, LocalPath: v.optional(v.literal('/opt/ml/checkpoints')) }),
  ),
  Environment: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-zA-Z_]\w*$/)), v.string()), {}),
  EnableManagedSpotTraining: v.optional(v.boolean(), false),
});

/** A CreateTrainingJob request that a local job can carry out. */
export type TrainingRequest = v.InferOutput<typeof trainingRequest>;

/**
 * Checks a CreateTrainingJob request as SageMaker does.
 *
 * @throws ValidationException that names each member at fault
 */
export function parseTrainingRequest(raw: unknown): TrainingRequest {
  const request = parseRequest(trainingRequest, raw);
  const { StoppingCondition, EnableManagedSpotTraining, AlgorithmSpecification } = request;
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
  return request;
}
