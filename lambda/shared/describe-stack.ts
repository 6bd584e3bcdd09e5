import { DescribeStacksCommand, type CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import { StackMissing } from './step-errors';
import { explainStackError } from './stack-errors';

/**
 * Describes a stack.
 *
 * @throws StackMissing, Broken: see explainStackError
 */
export async function describeStack(stackName: string, cloudFormation: CloudFormationClient): Promise<Stack> {
  try {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    const stack = Stacks?.[0];
    if (stack === undefined) {
      throw new StackMissing(`there is no stack ${stackName}; deploy the application with "npm run deploy"`);
    }
    return stack;
  } catch (error) {
    throw explainStackError(error, stackName);
  }
}

/** The value of one of a stack's parameters, or undefined when it has no such parameter. */
export function parameterOf(stack: Stack, name: string): string | undefined {
  return stack.Parameters?.find(({ ParameterKey }) => ParameterKey === name)?.ParameterValue;
}
