import type { App, Environment } from 'aws-cdk-lib';
import { ApiStack } from './api/api-stack';
import { BatchStack } from './batch/batch-stack';
import type { Configuration } from './configuration/configuration';
import { type Names, namesOf } from './configuration/names';
import { AbsentStack } from './serving/absent-stack';
import { ServingAcceleratedStack } from './serving/serving-accelerated-stack';
import { ServingStack } from './serving/serving-stack';
import { StorageStack } from './storage/storage-stack';
import { TrainingStack } from './pipeline/training-stack';

/**
 * All stacks of one classifier.
 *
 * @param env account and region; without it the stacks can be deployed to any
 */
export function createApplication(app: App, configuration: Configuration, env?: Environment): Names {
  const names = namesOf(configuration);

  const storage = new StorageStack(app, names.storageStack, { configuration, names, env });
  const { servingRole, servingDeploymentRole, dataBucket, artifactsBucket } = storage;
  const serving = new ServingStack(app, names.servingStack, { configuration, names, servingRole, env });
  const training = new TrainingStack(app, names.trainingStack, {
    configuration,
    names,
    dataBucket,
    artifactsBucket,
    servingRole,
    servingDeploymentRole,
    env,
  });
  // The pipeline changes the serving stack, so `cdk destroy` must take the pipeline away first.
  training.addStackDependency(serving);
  const batch = new BatchStack(app, names.batchStack, { configuration, names, dataBucket, artifactsBucket, env });
  const api = new ApiStack(app, names.apiStack, { configuration, names, artifactsBucket, env });
  const accelerated =
    configuration.serving.profile === 'elastic-inference'
      ? new ServingAcceleratedStack(app, names.servingAcceleratedStack, {
          serving: configuration.serving,
          registryAccount: configuration.images.registryAccount,
          servingRole,
          env,
        })
      : new AbsentStack(app, names.servingAcceleratedStack, { env });
  // Last of all, for AWS may refuse it, and what an endpoint no longer uses can go.
  for (const stack of [training, batch, api]) {
    accelerated.addStackDependency(stack);
  }
  return names;
}
