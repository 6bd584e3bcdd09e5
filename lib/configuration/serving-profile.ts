import type { CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import { vCpusOf } from '../../lambda/shared/instance-types';
import type { ServingConfiguration } from './serving-configuration';

/** What a profile means to SageMaker; the templates of two profiles differ in this and in nothing else. */
export interface ServingProfile {
  /** Of AWS's Deep Learning Containers. */
  readonly image: { readonly repositoryName: string; readonly tag: string };
  /** Of the container. */
  readonly environment: Readonly<Record<string, string>>;
  /** The container may not open network connections. */
  readonly networkIsolation: boolean;
  /** @default - no VPC */
  readonly vpc?: { readonly securityGroupIds: string[]; readonly subnetIds: string[] };
  /** What runs the container: instances, or the serverless service. */
  readonly variant: Omit<
    CfnEndpointConfig.ProductionVariantProperty,
    'modelName' | 'variantName' | 'initialVariantWeight'
  >;
  /** @default - the number of instances stays as it is */
  readonly scaling?: ScalingLimits;
  /**
   * Whether an update of the endpoint is a blue/green deployment with alarms. SageMaker has these guardrails neither for
   * endpoints with an Elastic Inference accelerator nor for serverless ones.
   */
  readonly guardrails: boolean;
}

/** Between which numbers of instances an endpoint scales, and on what load. */
export interface ScalingLimits {
  readonly minInstanceCount: number;
  readonly maxInstanceCount: number;
  /** Requests per minute and instance to aim at. */
  readonly invocationsPerInstance: number;
}

type OnInstances = Exclude<ServingConfiguration, { readonly profile: 'serverless' }>;
type Serverless = Extract<ServingConfiguration, { readonly profile: 'serverless' }>;
type OnGpu = Extract<ServingConfiguration, { readonly profile: 'gpu' }>;
type ElasticInference = Extract<ServingConfiguration, { readonly profile: 'elastic-inference' }>;

const HUGGING_FACE = 'huggingface-pytorch-inference';
const HANDLER = { SAGEMAKER_PROGRAM: 'inference.py', TOKENIZERS_PARALLELISM: 'false' };

/** One worker per virtual CPU, each with one thread: more would only wait for each other. */
function oneThreadPerCpu(instanceType: string): Record<string, string> {
  return {
    SAGEMAKER_MODEL_SERVER_WORKERS: String(vCpusOf(instanceType)),
    OMP_NUM_THREADS: '1',
    MKL_NUM_THREADS: '1',
  };
}

/**
 * The interpreter of one of AWS's Deep Learning Containers, as the names of what is built for it have it: `cp312`.
 *
 * @returns null for a tag that does not say it, as an image of one's own may have
 * @see https://github.com/aws/deep-learning-containers/blob/master/available_images.md
 */
export function pythonOf(imageTag: string): string | null {
  const [, digits] = /-py(\d+)(?:-|$)/.exec(imageTag) ?? [];
  return digits === undefined ? null : `cp${digits}`;
}

/** What serves without an accelerator. */
export function servingProfile(serving: ServingConfiguration): ServingProfile {
  switch (serving.profile) {
    case 'elastic-inference':
    case 'cpu':
      return cpu(serving);
    case 'gpu':
      return gpu(serving);
    case 'serverless':
      return serverless(serving);
  }
}

function cpu(serving: OnInstances): ServingProfile {
  return {
    image: { repositoryName: HUGGING_FACE, tag: serving.imageTag },
    environment: { ...HANDLER, ...oneThreadPerCpu(serving.instanceType) },
    guardrails: true,
    ...instances(serving),
  };
}

function gpu(serving: OnGpu): ServingProfile {
  const { variant, ...rest } = instances(serving);
  return {
    image: { repositoryName: HUGGING_FACE, tag: serving.imageTag },
    // All of the GPU for one worker: several would hold the model several times and wait for each other.
    environment: { ...HANDLER, SAGEMAKER_MODEL_SERVER_WORKERS: '1' },
    guardrails: true,
    ...rest,
    variant: { ...variant, inferenceAmiVersion: serving.inferenceAmiVersion },
  };
}

function serverless({ imageTag, memorySizeInMb, maxConcurrency, provisionedConcurrency }: Serverless): ServingProfile {
  return {
    image: { repositoryName: HUGGING_FACE, tag: imageTag },
    // A container gets one request at a time, which may have all of its CPUs.
    environment: { ...HANDLER, SAGEMAKER_MODEL_SERVER_WORKERS: '1' },
    // SageMaker has no isolation and no VPC for serverless endpoints.
    networkIsolation: false,
    variant: { serverlessConfig: { memorySizeInMb, maxConcurrency, provisionedConcurrency } },
    guardrails: false,
  };
}

/**
 * What serves with an Elastic Inference accelerator beside the CPU, in the last image that was made for one.
 *
 * @param acceleratorType e.g. a parameter of the stack
 */
export function acceleratedServingProfile(serving: ElasticInference, acceleratorType: string): ServingProfile {
  const { variant, ...rest } = instances(serving);
  return {
    image: { repositoryName: 'pytorch-inference-eia', tag: serving.acceleratedImageTag },
    environment: HANDLER,
    guardrails: false,
    ...rest,
    variant: { ...variant, acceleratorType },
  };
}

function instances(serving: OnInstances): Pick<ServingProfile, 'networkIsolation' | 'vpc' | 'variant' | 'scaling'> {
  const { instanceType, instanceCount, maxInstanceCount, invocationsPerInstance, networkIsolation, vpc } = serving;
  return {
    networkIsolation,
    vpc,
    variant: { instanceType, initialInstanceCount: instanceCount },
    scaling:
      maxInstanceCount === undefined
        ? undefined
        : { minInstanceCount: instanceCount, maxInstanceCount, invocationsPerInstance },
  };
}
