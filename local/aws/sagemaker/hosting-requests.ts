import * as v from 'valibot';
import { onlyRecorded, recorded } from './only-recorded';
import { resourceName } from './request-schema';

const tags = v.optional(v.array(v.strictObject({ Key: v.pipe(v.string(), v.minLength(1)), Value: v.string() })), []);

/** CreateModel: one container, with its data as a tar.gz at ModelDataUrl. */
export const createModel = v.strictObject({
  ...recorded(onlyRecorded.CreateModelInput),
  ModelName: resourceName,
  Tags: tags,
  ExecutionRoleArn: v.string(),
  PrimaryContainer: v.strictObject({
    ...recorded(onlyRecorded.ContainerDefinition),
    Image: v.string(),
    ModelDataUrl: v.pipe(v.string(), v.startsWith('s3://')),
    Environment: v.optional(v.record(v.string(), v.string()), {}),
  }),
});

/** CreateEndpointConfig: one production variant. */
export const createEndpointConfig = v.strictObject({
  EndpointConfigName: resourceName,
  Tags: tags,
  ProductionVariants: v.strictTuple([
    v.strictObject({
      ...recorded(onlyRecorded.ProductionVariant),
      VariantName: resourceName,
      ModelName: resourceName,
      InstanceType: v.optional(v.pipe(v.string(), v.startsWith('ml.'))),
      ServerlessConfig: v.optional(v.strictObject(recorded(onlyRecorded.ProductionVariantServerlessConfig))),
      AcceleratorType: v.optional(v.pipe(v.string(), v.regex(/^ml\.eia[12]\.(?:medium|large|xlarge)$/))),
      InferenceAmiVersion: v.optional(
        v.pipe(v.string(), v.regex(/^al2(?:023)?-ami-sagemaker-inference-(?:gpu|neuron)-\d+(?:-\d+)?$/)),
      ),
      // CloudFormation's templates may have numbers as strings.
      ContainerStartupHealthCheckTimeoutInSeconds: v.optional(v.pipe(v.unknown(), v.transform(Number), v.minValue(1))),
    }),
  ]),
});

export const createEndpoint = v.strictObject({
  ...recorded(onlyRecorded.CreateEndpointInput),
  EndpointName: resourceName,
  EndpointConfigName: resourceName,
});

export const updateEndpoint = v.strictObject({
  ...recorded(onlyRecorded.UpdateEndpointInput),
  EndpointName: resourceName,
  EndpointConfigName: resourceName,
});

export type ModelRequest = v.InferOutput<typeof createModel>;
export type EndpointConfigRequest = v.InferOutput<typeof createEndpointConfig>;
export type EndpointRequest = Pick<v.InferOutput<typeof createEndpoint>, 'EndpointName' | 'EndpointConfigName'>;
