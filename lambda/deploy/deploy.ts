import {
  UpdateStackCommand,
  type CloudFormationClient,
  type Parameter,
  type Stack,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { Broken, StackMissing } from '../shared/step-errors';
import { failureReason } from '../shared/stack-failure-reason';
import { describeStack } from '../shared/serving-stack';
import { explainStackError } from '../shared/stack-errors';

/** What is left of a stack whose creation was refused or failed. */
const NEVER_CREATED: ReadonlySet<StackStatus | undefined> = new Set([
  'REVIEW_IN_PROGRESS',
  'CREATE_FAILED',
  'ROLLBACK_COMPLETE',
  'ROLLBACK_FAILED',
]);

/**
 * Starts a serving stack's change to other values of some parameters, the model's above all: its template stays as it
 * was deployed, and so does every other parameter's value.
 *
 * @throws NothingToDo, StackBusy, StackMissing, Refused, Broken: see explainStackError
 */
export async function deployStack(
  stackName: string,
  parameters: Readonly<Record<string, string>>,
  cloudFormation: CloudFormationClient,
): Promise<void> {
  const stack = await describeStack(stackName, cloudFormation);
  if (NEVER_CREATED.has(stack.StackStatus)) {
    const reason = await failureReason(stack.StackId ?? stackName, cloudFormation);
    throw new StackMissing(`stack ${stackName} was never created (${reason}); run "npm run deploy" again`);
  }
  const changed = changedParameters(stack, stackName, parameters);
  try {
    await cloudFormation.send(
      new UpdateStackCommand({ StackName: stackName, UsePreviousTemplate: true, Parameters: changed }),
    );
  } catch (error) {
    throw explainStackError(error, stackName);
  }
}

/** CloudFormation gives a parameter that an update leaves out its default, not its present value. */
function changedParameters(stack: Stack, stackName: string, changes: Readonly<Record<string, string>>): Parameter[] {
  const names = (stack.Parameters ?? []).map(({ ParameterKey }) => ParameterKey ?? '');
  const missing = Object.keys(changes).filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Broken(
      `stack ${stackName} is older than this pipeline and lacks what it sets; run "npm run deploy" to bring it up to date`,
    );
  }
  return names.map((name) => {
    const value = changes[name];
    return value === undefined
      ? { ParameterKey: name, UsePreviousValue: true }
      : { ParameterKey: name, ParameterValue: value };
  });
}
