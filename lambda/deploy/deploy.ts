import {
  UpdateStackCommand,
  type CloudFormationClient,
  type Parameter,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { Broken } from '../errors';
import { ACCELERATED_PARAMETER, describeStack, MODEL_PARAMETER } from '../serving-stack';
import { explainStackError } from '../stack-errors';

/**
 * Starts the serving stack's change to another model: its template stays as it was deployed, and so does every other
 * parameter's value, but for the accelerated endpoint configuration, which belongs to the model before.
 *
 * @throws NothingToDo, StackBusy, StackMissing, Refused, Broken: see explainStackError
 */
export async function deployModel(
  modelDataUrl: string,
  stackName: string,
  cloudFormation: CloudFormationClient,
): Promise<void> {
  const stack = await describeStack(stackName, cloudFormation);
  const parameters = changedParameters(stack, stackName, {
    [MODEL_PARAMETER]: modelDataUrl,
    [ACCELERATED_PARAMETER]: '',
  });
  try {
    await cloudFormation.send(
      new UpdateStackCommand({ StackName: stackName, UsePreviousTemplate: true, Parameters: parameters }),
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
      `stack ${stackName} has no parameter ${missing.join(', ')}; run "npm run deploy" to bring it up to date`,
    );
  }
  return names.map((name) => {
    const value = changes[name];
    return value === undefined
      ? { ParameterKey: name, UsePreviousValue: true }
      : { ParameterKey: name, ParameterValue: value };
  });
}
