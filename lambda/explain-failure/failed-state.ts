import { paginateGetExecutionHistory, type SFNClient } from '@aws-sdk/client-sfn';

/**
 * The name of the state that an execution was in before its present one, which is the state that explains failures.
 *
 * @returns undefined when the history does not tell
 */
export async function stateBeforeThis(executionArn: string, stepFunctions: SFNClient): Promise<string | undefined> {
  const pages = paginateGetExecutionHistory(
    { client: stepFunctions },
    { executionArn, reverseOrder: true, includeExecutionData: false, maxResults: 100 },
  );
  let isPresent = true;
  for await (const { events } of pages) {
    for (const { stateEnteredEventDetails: entered } of events ?? []) {
      if (entered !== undefined) {
        if (!isPresent) {
          return entered.name;
        }
        isPresent = false;
      }
    }
  }
  return undefined;
}
