import { setTimeout as pause } from 'node:timers/promises';
import { paginateListExecutions, type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';

/** Step Functions lists executions best effort: one that has ended may be listed a little longer. */
const BETWEEN_LISTS_MS = 2000;

/**
 * Stops all executions of a state machine, whose jobs Step Functions then stops, and waits until none runs: also those that
 * are started meanwhile.
 *
 * @param hasTime whether there is time to wait
 * @throws Error when there is none, and some still run
 */
export async function stopExecutions(
  stateMachineArn: string,
  hasTime: () => boolean,
  stepFunctions: SFNClient,
): Promise<void> {
  for (;;) {
    const running = await runningExecutions(stateMachineArn, stepFunctions);
    if (running.length === 0) return;
    if (!hasTime()) {
      throw new Error(
        `${running.length} executions of ${stateMachineArn} still run though they were stopped, ${running[0]} among them: ` +
          'delete the stack again when they have ended',
      );
    }
    for (const executionArn of running) {
      await stepFunctions.send(
        new StopExecutionCommand({
          executionArn,
          error: 'StackDeleted',
          cause: 'The stack of its state machine is deleted, and so it was stopped, with the job that it waited for.',
        }),
      );
    }
    console.log(JSON.stringify({ stopped: running }));
    await pause(BETWEEN_LISTS_MS);
  }
}

async function runningExecutions(stateMachineArn: string, stepFunctions: SFNClient): Promise<readonly string[]> {
  const running: string[] = [];
  const pages = paginateListExecutions({ client: stepFunctions }, { stateMachineArn, statusFilter: 'RUNNING' });
  for await (const { executions = [] } of pages) {
    running.push(...executions.map(({ executionArn = '' }) => executionArn));
  }
  return running;
}
