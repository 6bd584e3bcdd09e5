import type { CloudFormationClient, Stack } from '@aws-sdk/client-cloudformation';
import { Broken, RolledBack, Superseded } from '../shared/step-errors';
import { describeStack, parameterOf } from '../shared/describe-stack';
import { MODEL_PARAMETER } from '../shared/serving-stack';
import { failureReason, refusalReason } from '../shared/stack-failure-reason';
import { deploymentState } from './stack-status';

const CONFIGURATION_OUTPUT = 'EndpointConfigName';

/** How a deployment stands. */
export interface Deployment {
  readonly status: 'IN_PROGRESS' | 'COMPLETE';
  /** The endpoint configuration that the endpoint should have once it is complete. */
  readonly endpointConfigName: string | null;
}

/**
 * Looks at a serving stack after a deployment was started.
 *
 * @param intended the parameters that the deployment set. A stack that an earlier deployment left rolled back has them
 *   when nothing was to be done; one that was updated for somebody else, or not at all, has others.
 * @throws RolledBack with the reason of the resource that failed first
 * @throws Superseded when another deployment came after this one
 * @throws Broken when a person has to mend the stack
 * @throws StackMissing when there is none
 */
export async function checkDeployment(
  stackName: string,
  intended: Readonly<Record<string, string>>,
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
  const isIntended = Object.entries(intended).every(([name, value]) => parameterOf(stack, name) === value);
  if (isIntended) {
    return { status: 'COMPLETE', endpointConfigName: outputOf(stack, CONFIGURATION_OUTPUT) };
  }
  if (state === 'ROLLED_BACK') {
    throw new RolledBack(
      `CloudFormation undid the deployment, and what was in service before still is: ${await reasonOf(stack, cloudFormation)}`,
    );
  }
  // CloudFormation's validation comes before any resource, and leaves the stack's status as it was.
  const refusal = await refusalReason(idOf(stack), cloudFormation);
  if (refusal !== undefined) {
    throw new RolledBack(`CloudFormation refused the change, and what was in service before still is: ${refusal}`);
  }
  throw new Superseded(
    `another execution or deployment has changed stack ${stackName} since this one did, and it has ` +
      `${parameterOf(stack, MODEL_PARAMETER) || 'no model'} now`,
  );
}

async function reasonOf(stack: Stack, cloudFormation: CloudFormationClient): Promise<string> {
  return failureReason(idOf(stack), cloudFormation);
}

function idOf(stack: Stack): string {
  return stack.StackId ?? stack.StackName ?? '';
}

function outputOf(stack: Stack, name: string): string | null {
  return stack.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? null;
}
