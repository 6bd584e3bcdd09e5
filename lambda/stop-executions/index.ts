import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';
import { type CustomResourceRequest, whenStackIsDeleted } from '../shared/custom-resource';
import { readEnvironment } from '../shared/environment';
import { stopExecutions } from './stop';

const { STATE_MACHINE_ARN } = readEnvironment('STATE_MACHINE_ARN');
/** What is left of the function's time to tell CloudFormation: without an answer, the stack waits for an hour. */
const TO_ANSWER_MS = 30_000;

const cloudFormation = new CloudFormationClient();
// One call for each execution: throttling is to be expected.
const stepFunctions = new SFNClient({ maxAttempts: 10 });

/**
 * The custom resource of a state machine: when the stack goes, stops its executions. CloudFormation deletes a state machine
 * only when all of them have ended, and so would wait for their jobs, for days, while these are paid for.
 */
export async function handler(
  request: CustomResourceRequest,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<void> {
  await whenStackIsDeleted(request, cloudFormation, () =>
    stopExecutions(STATE_MACHINE_ARN, () => getRemainingTimeInMillis() > TO_ANSWER_MS, stepFunctions),
  );
}
