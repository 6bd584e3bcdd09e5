import * as v from 'valibot';
import { AN_OBJECT, text, unknownFieldOf, wholeNumber } from '../../lambda/shared/validation';
import { ACCELERATORS, instanceType } from '../../lambda/shared/execution-input';
import { SERVING_PROFILES } from '../../lambda/shared/serving-settings';
import { described } from './described';

/*
 * The section `serving` of the configuration: one variant per profile, each with its own fields and defaults, so that a
 * combination that SageMaker does not have (an accelerator or a VPC with serverless, say) cannot be written down.
 */

/** Of huggingface-pytorch-inference; everything that serving needs is in it. */
const CPU_IMAGE_TAG = '2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04';
const GPU_IMAGE_TAG = '2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04';

function imageTag(repositoryName: string) {
  return text(/^[\w.-]+$/, `must be the tag of a ${repositoryName} image`);
}

const flag = v.boolean('must be true or false');

function identifiers(prefix: string) {
  const must = `must be a list of at least one id such as ${prefix}-0123456789abcdef0`;
  return v.pipe(
    v.array(text(new RegExp(`^${prefix}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`), must), must),
    v.minLength(1, must),
  );
}

const vpcFields = { securityGroupIds: identifiers('sg'), subnetIds: identifiers('subnet') };

/** What every profile on instances has. */
function onInstances(defaultInstanceType: string, defaultImageTag: string) {
  return {
    instanceType: v.optional(described(instanceType, 'Of the endpoint; none with Graviton.'), defaultInstanceType),
    instanceCount: v.optional(described(wholeNumber(1, 100), 'With `maxInstanceCount`, the least that there are.'), 1),
    maxInstanceCount: v.optional(
      described(wholeNumber(1, 100), 'Scales out up to this many instances, and in again. Default: no scaling.'),
    ),
    invocationsPerInstance: v.optional(
      described(wholeNumber(1, 1_000_000), 'Where scaling aims at: requests per minute and instance.'),
      600,
    ),
    networkIsolation: v.optional(
      described(
        flag,
        'The container may not open network connections: everything it needs is in the image or the artifact.',
      ),
      true,
    ),
    vpc: v.optional(
      described(
        v.strictObject(vpcFields, unknownFieldOf(vpcFields)),
        '`{"securityGroupIds": […], "subnetIds": […]}`: runs the container there; the subnets need a way to S3. Default: none.',
      ),
    ),
    imageTag: v.optional(
      described(imageTag('huggingface-pytorch-inference'), 'Of `huggingface-pytorch-inference`.'),
      defaultImageTag,
    ),
  };
}

const elasticInferenceFields = {
  profile: v.optional(v.literal('elastic-inference'), 'elastic-inference'),
  accelerator: v.optional(
    described(
      v.picklist(
        ACCELERATORS,
        `must be one of ${ACCELERATORS.join(', ')}; to serve without one, choose the serving.profile cpu`,
      ),
      'What to try beside the CPU; where AWS refuses it, the CPU serves alone.',
    ),
    'ml.eia2.xlarge',
  ),
  sequenceLength: v.optional(
    described(
      wholeNumber(4, 512),
      'Tokens that the traced model takes, neither more nor less: texts are padded or truncated to it.',
    ),
    64,
  ),
  untraceableModel: v.optional(
    described(
      v.picklist(['cpu', 'refuse'], 'must be cpu or refuse'),
      'What to do with a base model that cannot be traced: serve it by the `cpu`, or `refuse` it before it is trained.',
    ),
    'cpu',
  ),
  ...onInstances('ml.m5.large', CPU_IMAGE_TAG),
  acceleratedImageTag: v.optional(
    described(imageTag('pytorch-inference-eia'), 'Of `pytorch-inference-eia`.'),
    '1.5.1-cpu-py36-ubuntu16.04',
  ),
  tracingImageTag: v.optional(
    described(imageTag('pytorch-training'), 'Of `pytorch-training`, for the job that traces.'),
    '1.3.1-cpu-py36-ubuntu16.04',
  ),
  tracingInstanceType: v.optional(
    described(instanceType, 'Of the job that traces; none with Graviton.'),
    'ml.m5.xlarge',
  ),
};

const cpuFields = { profile: v.literal('cpu'), ...onInstances('ml.m5.large', CPU_IMAGE_TAG) };

const gpuFields = {
  profile: v.literal('gpu'),
  ...onInstances('ml.g5.xlarge', GPU_IMAGE_TAG),
  inferenceAmiVersion: v.optional(
    described(
      text(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be the name of an AMI, such as al2-ami-sagemaker-inference-gpu-3-1'),
      "Of the instances, which decides their driver: that of a ml.g5's default is too old for the image's CUDA.",
    ),
    // Driver 550, CUDA 12.4: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
    'al2-ami-sagemaker-inference-gpu-3-1',
  ),
};

const MEMORY_SIZES = [1024, 2048, 3072, 4096, 5120, 6144] as const;

const serverlessFields = {
  profile: v.literal('serverless'),
  memorySizeInMb: v.optional(
    described(
      v.picklist(MEMORY_SIZES, `must be one of ${MEMORY_SIZES.join(', ')}`),
      `Of each container: ${MEMORY_SIZES.join(', ')}.`,
    ),
    4096,
  ),
  maxConcurrency: v.optional(described(wholeNumber(1, 200), 'Requests at once, each in a container of its own.'), 10),
  provisionedConcurrency: v.optional(
    described(wholeNumber(1, 200), 'Containers that are kept ready, and paid for. Default: none.'),
  ),
  imageTag: v.optional(
    described(imageTag('huggingface-pytorch-inference'), 'Of `huggingface-pytorch-inference`.'),
    CPU_IMAGE_TAG,
  ),
};

/** What a profile has in the other profiles' stead. */
function profileOf<const TEntries extends v.ObjectEntries>(name: string, entries: TEntries) {
  const known = Object.keys(entries).join(', ');
  return v.strictObject(entries, ({ expected }) =>
    expected === 'never' ? `is not a field of the serving.profile ${name}; known are ${known}` : AN_OBJECT,
  );
}

/** How the model is served, by profile. */
export const servingConfigurationSchema = v.pipe(
  v.custom<Record<string, unknown>>((value) => !Array.isArray(value), AN_OBJECT),
  v.variant(
    'profile',
    [
      profileOf('elastic-inference', elasticInferenceFields),
      profileOf('cpu', cpuFields),
      profileOf('gpu', gpuFields),
      profileOf('serverless', serverlessFields),
    ],
    ({ expected }) => (expected === 'Object' ? AN_OBJECT : `must be one of ${SERVING_PROFILES.join(', ')}`),
  ),
);

export type ServingConfiguration = v.InferOutput<typeof servingConfigurationSchema>;
export type ServingProfileName = ServingConfiguration['profile'];

/**
 * What SageMaker cannot turn one endpoint into another of: an endpoint on instances into a serverless one, nor, while the
 * number of instances scales, one type of instance into another.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html
 * @returns `serverless`, `instance`, or for one that scales its type of instance, such as `ml-m5-large`
 */
export function endpointKindOf(serving: ServingConfiguration): string {
  if (serving.profile === 'serverless') {
    return 'serverless';
  }
  return serving.maxInstanceCount === undefined ? 'instance' : serving.instanceType.replaceAll('.', '-');
}
