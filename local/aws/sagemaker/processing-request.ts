import * as v from 'valibot';
import { onlyRecorded, recorded } from './only-recorded';
import { parseRequest, resourceName } from './request-schema';
import { ValidationException } from './sagemaker-error';

const s3Uri = v.pipe(v.string(), v.regex(/^(https|s3):\/\/([^/]+)\/?(.*)$/));
const localPath = v.pipe(v.string(), v.regex(/^\/opt\/ml\/processing\/(?!.*\.\.).+$/), v.maxLength(256));
const word = v.pipe(v.string(), v.maxLength(256));

const processingRequest = v.strictObject({
  ...recorded(onlyRecorded.CreateProcessingJobRequest),
  ProcessingJobName: resourceName,
  RoleArn: v.pipe(v.string(), v.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/?[\w+=,.@\-/]+$/)),
  AppSpecification: v.strictObject({
    ...recorded(onlyRecorded.AppSpecification),
    ContainerEntrypoint: v.pipe(v.array(word), v.minLength(1), v.maxLength(100)),
    ContainerArguments: v.optional(v.pipe(v.array(word), v.minLength(1), v.maxLength(100))),
  }),
  ProcessingInputs: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          InputName: v.string(),
          S3Input: v.strictObject({
            S3Uri: s3Uri,
            LocalPath: localPath,
            S3DataType: v.picklist(['S3Prefix', 'ManifestFile']),
            S3InputMode: v.optional(v.literal('File'), 'File'),
            S3DataDistributionType: v.optional(v.picklist(['FullyReplicated', 'ShardedByS3Key']), 'FullyReplicated'),
            S3CompressionType: v.optional(v.literal('None'), 'None'),
          }),
        }),
      ),
      v.maxLength(10),
    ),
    [],
  ),
  ProcessingOutputConfig: v.optional(
    v.strictObject({
      ...recorded(onlyRecorded.ProcessingOutputConfig),
      Outputs: v.pipe(
        v.array(
          v.strictObject({
            OutputName: v.string(),
            S3Output: v.strictObject({
              S3Uri: s3Uri,
              LocalPath: localPath,
              S3UploadMode: v.picklist(['Continuous', 'EndOfJob']),
            }),
          }),
        ),
        v.maxLength(10),
      ),
    }),
    { Outputs: [] },
  ),
  ProcessingResources: v.strictObject({
    ClusterConfig: v.strictObject({
      ...recorded(onlyRecorded.ProcessingClusterConfig),
      InstanceType: v.pipe(v.string(), v.regex(/^ml\.[a-z0-9-]+\.[a-z0-9]+$/)),
      InstanceCount: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
      VolumeSizeInGB: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16_384)),
    }),
  }),
  StoppingCondition: v.optional(
    v.strictObject({ MaxRuntimeInSeconds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(777_600)) }),
    { MaxRuntimeInSeconds: 86_400 },
  ),
  Environment: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-zA-Z_]\w*$/), v.maxLength(256)), word), {}),
  NetworkConfig: v.optional(v.strictObject(recorded(onlyRecorded.NetworkConfig))),
});

/** In GB, where the storage of an instance takes the place of a volume: of the smallest such instance. */
const INSTANCE_STORAGE: Readonly<Record<string, number>> = { 'ml.r5d.large': 75 };

/** A CreateProcessingJob request that a local job can carry out. */
export type ProcessingRequest = v.InferOutput<typeof processingRequest>;

/**
 * Checks a CreateProcessingJob request as SageMaker does.
 *
 * @throws ValidationException that names each member at fault
 */
export function parseProcessingRequest(raw: unknown): ProcessingRequest {
  const request = parseRequest(processingRequest, raw);
  const { ProcessingInputs, ProcessingOutputConfig, AppSpecification, ProcessingResources } = request;
  const names = [
    ...ProcessingInputs.map(({ InputName }) => InputName),
    ...ProcessingOutputConfig.Outputs.map(({ OutputName }) => OutputName),
  ];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ValidationException(`The names of inputs and outputs must be unique; ${twice} is there twice`);
  }
  const { InstanceType, VolumeSizeInGB } = ProcessingResources.ClusterConfig;
  const storage = INSTANCE_STORAGE[InstanceType] ?? Infinity;
  if (VolumeSizeInGB > storage) {
    throw new ValidationException(
      `VolumeSizeInGB is ${VolumeSizeInGB}, more than the ${storage} GB of local storage that an ${InstanceType} has`,
    );
  }
  if (!/^(.*\/)?python3?$/.test(AppSpecification.ContainerEntrypoint[0] ?? '')) {
    throw new ValidationException(
      `The local SageMaker has no images, only Python: ContainerEntrypoint must begin with python3; it is ${JSON.stringify(AppSpecification.ContainerEntrypoint)}`,
    );
  }
  return request;
}
