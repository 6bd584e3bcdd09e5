import type { CloudFormationClient, Stack } from '@aws-sdk/client-cloudformation';
import { Broken, RolledBack } from '../errors';
import { describeStack, MODEL_PARAMETER, parameterOf } from '../serving-stack';
import { failureReason } from './failure-reason';
import { deploymentState } from './stack-status';

const CONFIGURATION_OUTPUT = 'EndpointConfigName';

/** How a deployment stands. */
export interface Deployment {
  readonly status: 'IN_PROGRESS' | 'COMPLETE';
  /** The endpoint configuration that the endpoint should have once it is complete. */
  readonly endpointConfigName: string | null;
}

/**
 * Looks at the serving stack after a deployment was started.
 *
 * @param modelDataUrl the model that the stack should serve. A stack that an earlier deployment left rolled back has it
 *   when nothing was to be done; one that was updated for somebody else, or not at all, has another.
 * @throws RolledBack with the reason of the resource that failed first
 * @throws Broken when a person has to mend the stack
 * @throws StackMissing when there is none
 */
export async function checkDeployment(
  stackName: string,
  modelDataUrl: string | undefined,
  cloudFormation: CloudFormationClient,
): Promise<Deployment> {
  const stack = await describeStack(stackName, cloudFormation);
  const state = deploymentState(stack.StackStatus);
  if (state === 'IN_PROGRESS') {
    return { status: state, endpointConfigName: null };
  }
  if (state === 'BROKEN') {
    throw new Broken(
      `stack ${stackName} is in ${stack.StackStatus ?? ''} and must be mended in CloudFormation's console ("Continue ` +
        `update rollback", or delete it and run "npm run deploy"): ${await reasonOf(stack, cloudFormation)}`,
    );
  }
  const serves = parameterOf(stack, MODEL_PARAMETER);
  const isIntended = modelDataUrl === undefined ? state === 'COMPLETE' : serves === modelDataUrl;
  if (isIntended) {
    return { status: 'COMPLETE', endpointConfigName: outputOf(stack, CONFIGURATION_OUTPUT) };
  }
  if (state === 'ROLLED_BACK') {
    throw new RolledBack(
      `CloudFormation undid the deployment, and what was in service before still is: ${await reasonOf(stack, cloudFormation)}`,
    );
  }
  throw new RolledBack(
    `stack ${stackName} serves ${serves ? serves : 'no model'} instead of ${modelDataUrl ?? ''}: another execution deployed ` +
      `after this one, or CloudFormation refused the change: ${await reasonOf(stack, cloudFormation)}`,
  );
}

async function reasonOf(stack: Stack, cloudFormation: CloudFormationClient): Promise<string> {
  return failureReason(stack.StackId ?? stack.StackName ?? '', cloudFormation);
}

function outputOf(stack: Stack, name: string): string | null {
  return stack.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? null;
}
