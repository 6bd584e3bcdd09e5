import { SFNClient } from '@aws-sdk/client-sfn';
import { explain, type Explanation, type Failure } from './explain';
import { stateBeforeThis } from './failed-state';

const stepFunctions = new SFNClient();

/** The state machine's last step on the way to its Failed state. */
export async function handler(event: {
  readonly failure: Failure;
  readonly executionArn: string;
}): Promise<Explanation> {
  return explain(event.failure, await failedState(event.executionArn));
}

/** An explanation without the state's name is better than none. */
async function failedState(executionArn: string): Promise<string | undefined> {
  try {
    return await stateBeforeThis(executionArn, stepFunctions);
  } catch (error) {
    console.error('the history of the execution could not be read', error);
    return undefined;
  }
}
