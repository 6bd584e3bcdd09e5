import type { Construct } from 'constructs';
import type { Configuration } from './configuration';
import { ContainerImage } from './container-image';
import type { HostedModelProps } from './hosted-model';

type ServingProfile = Omit<HostedModelProps, 'executionRole'>;

/** One thread per worker and one worker per virtual CPU: the model server starts the workers, torch must not multiply them. */
const ONE_THREAD_PER_WORKER = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', TOKENIZERS_PARALLELISM: 'false' };

/** What serves without an accelerator. */
export function servingProfile(scope: Construct, { serving, images }: Configuration): ServingProfile {
  const image = new ContainerImage(scope, {
    repositoryName: 'huggingface-pytorch-inference',
    tag: serving.imageTag,
    registryAccount: images.registryAccount,
  });
  return {
    imageUri: image.uri,
    environment: { SAGEMAKER_PROGRAM: 'inference.py', ...ONE_THREAD_PER_WORKER },
    networkIsolation: serving.networkIsolation,
    variant: { instanceType: serving.instanceType, initialInstanceCount: serving.instanceCount },
  };
}

/** What serves with an Elastic Inference accelerator beside the CPU: the last image that was made for one. */
export function acceleratedServingProfile(scope: Construct, { serving, images }: Configuration): ServingProfile {
  const image = new ContainerImage(scope, {
    repositoryName: 'pytorch-inference-eia',
    tag: serving.acceleratedImageTag,
    registryAccount: images.registryAccount,
  });
  return {
    imageUri: image.uri,
    environment: { SAGEMAKER_PROGRAM: 'inference.py' },
    networkIsolation: serving.networkIsolation,
    variant: {
      instanceType: serving.instanceType,
      initialInstanceCount: serving.instanceCount,
      acceleratorType: serving.accelerator,
    },
  };
}
