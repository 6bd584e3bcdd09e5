import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { readEnvironment } from '../shared/environment';
import { type DeploymentRequest, deployStack, type ParameterValues } from './deploy';

const { CLOUDFORMATION_ROLE_ARN } = readEnvironment('CLOUDFORMATION_ROLE_ARN');
const cloudFormation = new CloudFormationClient();

/** The state machine's step that starts the deployment of a stored model, or of none. */
export async function handler(
  request: DeploymentRequest,
): Promise<{ readonly stackName: string; readonly previous: ParameterValues }> {
  const previous = await deployStack(request, CLOUDFORMATION_ROLE_ARN, cloudFormation);
  return { stackName: request.stackName, previous };
}
