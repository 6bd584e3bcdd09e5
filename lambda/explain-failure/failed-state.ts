import { paginateGetExecutionHistory, type SFNClient } from '@aws-sdk/client-sfn';

/**
 * The name of the task that an execution was in before its present one, which is the state that explains failures. Only
 * tasks fail; choices on the way do not.
 *
 * @param judge a state in between, which only looks at failures and never is one
 * @returns undefined when the history does not tell
 */
export async function stateBeforeThis(
  executionArn: string,
  judge: string,
  stepFunctions: SFNClient,
): Promise<string | undefined> {
  const pages = paginateGetExecutionHistory(
    { client: stepFunctions },
    { executionArn, reverseOrder: true, includeExecutionData: false, maxResults: 100 },
  );
  let isPresent = true;
  for await (const { events } of pages) {
    for (const { type, stateEnteredEventDetails: entered } of events ?? []) {
      if (type === 'TaskStateEntered' && entered?.name !== judge) {
        if (!isPresent) {
          return entered?.name;
        }
        isPresent = false;
      }
    }
  }
  return undefined;
}
