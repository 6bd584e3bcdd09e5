import {
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointConfigCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { isNotInSageMaker } from '../shared/aws-error';
import { idOf, type InUse } from './in-use';
import { madeBy, type Made } from './made';

/** The names of what was deleted. */
export interface RetiredNames {
  readonly endpointConfigs: readonly string[];
  readonly models: readonly string[];
}

/**
 * Deletes the endpoint configurations and models that serving stacks made in past deployments and that nothing refers to.
 *
 * @param keep how many of the newest that each stack made stay, in use or not
 * @param inUse what stays whatever its age
 */
export async function retireModels(
  stackNames: readonly string[],
  keep: number,
  inUse: InUse,
  sageMaker: SageMakerClient,
): Promise<RetiredNames> {
  const configs = split(await madeBy(stackNames, 'endpoint-config', sageMaker), keep, inUse.endpointConfigs);
  const modelsInUse = new Set(inUse.models);
  for (const { name } of configs.kept) {
    for (const model of await modelsOf(name, sageMaker)) modelsInUse.add(idOf(model));
  }
  const models = split(await madeBy(stackNames, 'model', sageMaker), keep, modelsInUse);

  // Configurations first, so that none is left without its model.
  for (const { name } of configs.old) {
    await unlessGone(sageMaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })));
  }
  for (const { name } of models.old) {
    await unlessGone(sageMaker.send(new DeleteModelCommand({ ModelName: name })));
  }
  return { endpointConfigs: configs.old.map(({ name }) => name), models: models.old.map(({ name }) => name) };
}

function split(
  made: readonly Made[],
  keep: number,
  inUse: ReadonlySet<string>,
): { readonly kept: readonly Made[]; readonly old: readonly Made[] } {
  const isKept = ({ name, stackName }: Made, index: number): boolean =>
    inUse.has(idOf(name)) || made.slice(0, index).filter((newer) => newer.stackName === stackName).length < keep;
  return { kept: made.filter(isKept), old: made.filter((one, index) => !isKept(one, index)) };
}

async function modelsOf(endpointConfigName: string, sageMaker: SageMakerClient): Promise<readonly string[]> {
  const { ProductionVariants = [] } = await sageMaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: endpointConfigName }),
  );
  return ProductionVariants.flatMap(({ ModelName }) => ModelName ?? []);
}

/** Somebody else may delete the same at the same time. */
async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!isNotInSageMaker(error)) throw error;
  }
}
