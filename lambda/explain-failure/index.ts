import { SFNClient } from '@aws-sdk/client-sfn';
import type { Failure } from '../shared/execution-failure';
import { explain, type Explanation } from './explain';
import { stateBeforeThis } from './failed-state';

const stepFunctions = new SFNClient();

/** The state machine's last step on the way to its Failed state. */
export async function handler(event: {
  readonly failure: Failure;
  readonly executionArn: string;
  /** The name of the state that judges whether a failure is one. */
  readonly judge: string;
}): Promise<Explanation> {
  return explain(event.failure, await failedState(event.executionArn, event.judge));
}

/** An explanation without the state's name is better than none. */
async function failedState(executionArn: string, judge: string): Promise<string | undefined> {
  try {
    return await stateBeforeThis(executionArn, judge, stepFunctions);
  } catch (error) {
    console.error('the history of the execution could not be read', error);
    return undefined;
  }
}
