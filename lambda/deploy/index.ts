import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { readEnvironment } from '../environment';
import { deployModel } from './deploy';

const { SERVING_STACK_NAME } = readEnvironment('SERVING_STACK_NAME');
const cloudFormation = new CloudFormationClient();

/** The state machine's step that starts the deployment of a stored model. */
export async function handler(event: { readonly modelDataUrl: string }): Promise<{ readonly stackName: string }> {
  await deployModel(event.modelDataUrl, SERVING_STACK_NAME, cloudFormation);
  return { stackName: SERVING_STACK_NAME };
}
