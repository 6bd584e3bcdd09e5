import { DescribeStacksCommand, type CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import { StackMissing } from './step-errors';
import { explainStackError } from './stack-errors';

/** The tag of a model or an endpoint configuration that names the serving stack which made it. */
export const STACK_TAG = 'serving-stack';
/** A serving stack's parameter that says which model it serves; empty for none. */
export const MODEL_PARAMETER = 'ModelDataUrl';
/** The serving stack's parameter that lets it use another endpoint configuration; empty for its own. */
export const ACCELERATED_PARAMETER = 'AcceleratedEndpointConfigName';
/** The accelerated stack's parameter that says which accelerator it has. */
export const ACCELERATOR_TYPE_PARAMETER = 'AcceleratorType';

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
