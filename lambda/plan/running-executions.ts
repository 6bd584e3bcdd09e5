import { DescribeExecutionCommand, paginateListExecutions, type SFNClient } from '@aws-sdk/client-sfn';
import { AnotherExecutionRunning } from '../shared/step-errors';

/** An execution of the pipeline. */
export interface StartedExecution {
  readonly executionArn: string;
  /** ISO 8601. */
  readonly startTime: string;
}

/**
 * Refuses to train or deploy beside another execution that does: each would deploy, and one of them in vain. The one that
 * was started first goes on. One that brings the last model back deploys; one that takes the endpoint down must never wait.
 *
 * Step Functions lists executions best effort, so two that start in the same second may both go on; then the deployments
 * wait for each other, and the smoke test of the first tells.
 *
 * @throws AnotherExecutionRunning
 */
export async function refuseSecondExecution(
  { executionArn, startTime }: StartedExecution,
  stateMachineArn: string,
  stepFunctions: SFNClient,
): Promise<void> {
  const started = Date.parse(startTime);
  const pages = paginateListExecutions({ client: stepFunctions }, { stateMachineArn, statusFilter: 'RUNNING' });
  for await (const { executions } of pages) {
    for (const other of executions ?? []) {
      const isFirst =
        (other.startDate?.getTime() ?? 0) < started ||
        (other.startDate?.getTime() === started && (other.executionArn ?? '') < executionArn);
      if (isFirst && other.executionArn !== executionArn && (await deploys(other.executionArn, stepFunctions))) {
        throw new AnotherExecutionRunning(
          `the execution ${other.name ?? ''} has been running since ${other.startDate?.toISOString() ?? 'before'}, and only one ` +
            'at a time may train or deploy',
        );
      }
    }
  }
}

async function deploys(executionArn: string | undefined, stepFunctions: SFNClient): Promise<boolean> {
  const { input, status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  const given = JSON.parse(input ?? '{}') as { readonly endpoint?: unknown } | null;
  return status === 'RUNNING' && given?.endpoint !== 'take-down';
}
