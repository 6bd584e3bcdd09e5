import type { Environment } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ApiStack } from './api/api-stack';
import { BatchStack } from './batch/batch-stack';
import type { Configuration } from './configuration/configuration';
import { type Names, namesOf } from './configuration/names';
import { AbsentStack } from './serving/absent-stack';
import { ServingAcceleratedStack } from './serving/serving-accelerated-stack';
import { ServingStack } from './serving/serving-stack';
import { StorageStack } from './storage/storage-stack';
import { TrainingStack } from './pipeline/training-stack';

/** The stacks of one classifier. */
export interface Application {
  readonly names: Names;
  readonly storage: StorageStack;
  readonly training: TrainingStack;
  readonly batch: BatchStack;
  readonly api: ApiStack;
}

/**
 * Creates all stacks of one classifier.
 *
 * They are stacks of their own because the pipeline changes the serving stack while it runs, and AWS may refuse the
 * accelerated one: neither may take anything else with it.
 *
 * @param scope the app, or the construct that the classifier is part of
 * @param env account and region; without it the stacks can be deployed to any
 */
export function createApplication(scope: Construct, configuration: Configuration, env?: Environment): Application {
  const names = namesOf(configuration);
  const named = (stackName: string) => ({ configuration, names, stackName, env });

  const storage = new StorageStack(scope, names.storageStack, named(names.storageStack));
  const { servingRole, servingDeploymentRole, dataBucket, artifactsBucket } = storage;
  const serving = new ServingStack(scope, names.servingStack, { ...named(names.servingStack), servingRole });
  const training = new TrainingStack(scope, names.trainingStack, {
    ...named(names.trainingStack),
    dataBucket,
    artifactsBucket,
    servingRole,
    servingDeploymentRole,
  });
  // The pipeline changes the serving stack, so `cdk destroy` must take the pipeline away first.
  training.addStackDependency(serving);
  const batch = new BatchStack(scope, names.batchStack, { ...named(names.batchStack), dataBucket, artifactsBucket });
  // What starts jobs must be gone when the storage stack deletes their logs, also where that has none of the buckets.
  batch.addStackDependency(storage);
  const api = new ApiStack(scope, names.apiStack, { ...named(names.apiStack), artifactsBucket });
  const { servingAcceleratedStack: stackName } = names;
  const accelerated =
    configuration.serving.profile === 'elastic-inference'
      ? new ServingAcceleratedStack(scope, stackName, {
          serving: configuration.serving,
          registryAccount: configuration.images.registryAccount,
          servingRole,
          stackName,
          env,
        })
      : new AbsentStack(scope, stackName, { stackName, env });
  // Last of all, for AWS may refuse it, and what an endpoint no longer uses can go.
  for (const each of [training, batch, api]) {
    accelerated.addStackDependency(each);
  }
  return { names, storage, training, batch, api };
}
