import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { checkDeployment, type Deployment } from './check';

const cloudFormation = new CloudFormationClient();

/** The state machine's step that looks whether a deployment has ended, and how. */
export async function handler(event: {
  readonly stackName: string;
  readonly parameters: Readonly<Record<string, string>>;
}): Promise<Deployment> {
  return checkDeployment(event.stackName, event.parameters, cloudFormation);
}
