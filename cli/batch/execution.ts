import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  paginateGetExecutionHistory,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { BatchSummary } from '../../lambda/shared/batch-results';
import { BatchPlaces, type PlannedBatch, type PricedBatch } from '../../lambda/shared/batch';
import { duration, type Progress } from '../../local/run/progress';
import { PartsProgress } from './parts-progress';
import type { Site } from './site';

/** The execution did not succeed; its message says why. */
export class BatchFailed extends Error {
  override readonly name = 'BatchFailed';
}

/** What states on the way tell, as far as it is shown. */
interface States {
  readonly PlanBatch?: Pick<PlannedBatch, 'run'>;
  readonly PriceBatch?: PricedBatch;
}

export interface FollowOptions {
  readonly progress: Progress;
  readonly pollSeconds: number;
  /** Whether it costs anything. */
  readonly isPaid: boolean;
}

/**
 * Runs an execution of the batch state machine to its end, and shows how far it is.
 *
 * @returns the s3:// URL of the run's folder, too
 * @throws BatchFailed with the cause that the state machine gives
 */
export async function runBatch(
  input: object,
  site: Site,
  { progress, pollSeconds, isPaid }: FollowOptions,
): Promise<{ readonly outcome: BatchSummary; readonly runUri: string }> {
  const { executionArn } = await site.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: site.stateMachineArn, input: JSON.stringify(input) }),
  );
  if (isPaid) {
    progress.line(`Started ${executionArn ?? ''}, which goes on even if this command is ended.`);
  }
  let states: States = {};
  let parts: PartsProgress | undefined;
  for (;;) {
    const execution = await site.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== 'RUNNING') {
      progress.status('');
      const { PlanBatch } = states.PlanBatch === undefined ? await statesOf(executionArn, site) : states;
      return { outcome: outcomeOf(execution), runUri: PlanBatch?.run ?? '' };
    }
    if (parts === undefined) {
      states = await statesOf(executionArn, site);
      const { PlanBatch, PriceBatch } = states;
      progress.status(PlanBatch === undefined ? 'Planning …' : 'Cutting the input into parts …');
      if (PlanBatch !== undefined && PriceBatch !== undefined) {
        progress.line(plannedLine(PriceBatch, isPaid));
        parts = await PartsProgress.open(new BatchPlaces(PlanBatch.run), PriceBatch.rows, site.s3);
      }
    }
    if (parts !== undefined) {
      progress.status(await parts.line());
    }
    await pause(pollSeconds * 1000);
  }
}

/** What the states have answered that were left. */
async function statesOf(executionArn: string | undefined, { stepFunctions }: Site): Promise<States> {
  const states: Record<string, unknown> = {};
  for await (const { events = [] } of paginateGetExecutionHistory(
    { client: stepFunctions, pageSize: 1000 },
    { executionArn },
  )) {
    for (const { stateExitedEventDetails: exited } of events) {
      if (exited?.name === 'PlanBatch' || exited?.name === 'PriceBatch') {
        states[exited.name] = JSON.parse(exited.output ?? 'null');
      }
    }
    if ('PriceBatch' in states) {
      break;
    }
  }
  return states;
}

function plannedLine({ rows, parts, missingParts, seconds, costUsd }: PricedBatch, isPaid: boolean): string {
  const left = missingParts < parts ? `, of which ${parts - missingParts} are finished already` : '';
  const price = costUsd === null ? 'at a price that is not known' : `for about ${costUsd.toFixed(2)} USD`;
  const estimate = isPaid && missingParts > 0 ? `: some ${duration(seconds)} ${price}` : '';
  return `${rows.toLocaleString('en')} rows in ${parts} ${parts === 1 ? 'part' : 'parts'}${left}${estimate}.`;
}

function outcomeOf({ status, output, cause, error }: DescribeExecutionCommandOutput): BatchSummary {
  if (status !== 'SUCCEEDED') {
    throw new BatchFailed(cause ?? error ?? `the execution was ended as ${status ?? 'unknown'}`);
  }
  return JSON.parse(output ?? 'null') as BatchSummary;
}
