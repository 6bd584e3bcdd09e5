import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { readEnvironment } from '../shared/environment';
import { type CustomResourceRequest, whenStackIsDeleted } from '../shared/custom-resource';
import { findInUse } from './in-use';
import { retireModels } from './retire';

const { SERVING_STACK_NAME, ACCELERATED_STACK_NAME } = readEnvironment('SERVING_STACK_NAME', 'ACCELERATED_STACK_NAME');
const STACK_NAMES = [SERVING_STACK_NAME, ACCELERATED_STACK_NAME];
/** How many of each stack's models and of its configurations stay for a way back. */
const KEPT = 3;

const cloudFormation = new CloudFormationClient();
// One call for each model of the account: throttling is to be expected, and nobody waits.
const sageMaker = new SageMakerClient({ maxAttempts: 10 });

/** How many were deleted. The names are in the log: of some thousands, no state's result has room. */
export interface Retired {
  readonly endpointConfigs: number;
  readonly models: number;
}

/**
 * The state machine's last step, which deletes models and endpoint configurations of past deployments, and the training
 * stack's custom resource: when that goes, they all go but for what the serving stacks hold themselves.
 *
 * @throws StackBusy, EndpointNotReady: see findInUse; for a custom resource, CloudFormation is told instead
 */
export async function handler(event: CustomResourceRequest | Record<string, never>): Promise<Retired | undefined> {
  if ('RequestType' in event) {
    await whenStackIsDeleted(event as CustomResourceRequest, cloudFormation, () => retire(0));
    return undefined;
  }
  return retire(KEPT);
}

async function retire(keep: number): Promise<Retired> {
  const inUse = await findInUse(STACK_NAMES, cloudFormation, sageMaker);
  const { endpointConfigs, models } = await retireModels(STACK_NAMES, keep, inUse, sageMaker);
  console.log(JSON.stringify({ retired: { endpointConfigs, models } }));
  return { endpointConfigs: endpointConfigs.length, models: models.length };
}
