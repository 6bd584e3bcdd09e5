import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { deployStack } from './deploy';

const cloudFormation = new CloudFormationClient();

/** The state machine's step that starts the deployment of a stored model, or of none. */
export async function handler(event: {
  readonly stackName: string;
  readonly parameters: Readonly<Record<string, string>>;
}): Promise<{ readonly stackName: string }> {
  await deployStack(event.stackName, event.parameters, cloudFormation);
  return { stackName: event.stackName };
}
