import type { HistoryEvent } from '../../aws/step-functions/state-machine';
import { logNameOf, type RecordedExecution } from './executions';

/** How a state stands; `caught` is one that failed and whose Catch led on. */
export type StateStatus = 'running' | 'succeeded' | 'caught' | 'failed' | 'aborted';

/** A state as an execution has come to it: the last time where it did several times, and running as long as any of them is. */
export interface StateView {
  readonly name: string;
  readonly status: StateStatus;
  readonly visits: number;
  readonly entered: Date;
  readonly exited?: Date;
  /** JSON texts; of a task, what it was asked and what it answered. */
  readonly input?: string;
  readonly asked?: string;
  readonly answered?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** Of attempts that failed and were made again. */
  readonly retries: number;
  /** The jobs' and functions' that it ran. */
  readonly logNames: readonly string[];
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'CUT_OFF';

/** An execution as a whole. */
export interface ExecutionView {
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly started: Date;
  readonly ended?: Date;
  readonly input: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
}

export function executionView({ name, events, isLive }: RecordedExecution): ExecutionView {
  const [first] = events;
  const started = first?.timestamp ?? new Date();
  const input = first?.executionStartedEventDetails?.input ?? '{}';
  const last = events.at(-1);
  const common = { name, started, input };
  switch (last?.type) {
    case 'ExecutionSucceeded': {
      const { output } = last.executionSucceededEventDetails ?? {};
      return { ...common, status: 'SUCCEEDED', ended: last.timestamp, output };
    }
    case 'ExecutionFailed':
      return { ...common, status: 'FAILED', ended: last.timestamp, ...last.executionFailedEventDetails };
    case 'ExecutionTimedOut':
      return { ...common, status: 'TIMED_OUT', ended: last.timestamp, ...last.executionTimedOutEventDetails };
    case 'ExecutionAborted':
      return { ...common, status: 'ABORTED', ended: last.timestamp, ...last.executionAbortedEventDetails };
    default:
      return { ...common, status: isLive ? 'RUNNING' : 'CUT_OFF', ended: isLive ? undefined : last?.timestamp };
  }
}

type Growing = { -readonly [Key in keyof StateView]: StateView[Key] } & { readonly logNames: string[] };

/** The states that an execution has come to, by their names. */
export function stateViews(execution: RecordedExecution): ReadonlyMap<string, StateView> {
  const views = new Map<string, Growing>();
  /** The state that each branch is in. */
  const current = new Map<string, Growing>();
  for (const event of execution.events) {
    const branch = event.path.join('/');
    const entered = event.stateEnteredEventDetails;
    if (entered?.name !== undefined) {
      const before = views.get(entered.name);
      const view: Growing = {
        name: entered.name,
        status: 'running',
        visits: (before?.visits ?? 0) + 1,
        entered: event.timestamp,
        input: entered.input,
        retries: 0,
        // Of one for all visits, for those to the items of a Map go on side by side.
        logNames: before?.logNames ?? [],
      };
      views.set(entered.name, view);
      current.set(branch, view);
      continue;
    }
    const view = current.get(branch);
    if (view !== undefined) {
      take(view, event);
    }
    if (event.stateExitedEventDetails !== undefined) {
      current.delete(branch);
    }
  }
  const { status, ended } = executionView(execution);
  for (const { name } of current.values()) {
    const view = views.get(name);
    if (view !== undefined) {
      view.status = status === 'RUNNING' ? 'running' : status === 'FAILED' ? 'failed' : 'aborted';
      view.exited = ended;
    }
  }
  return views;
}

/** Takes what an event tells of the state that it is of. */
function take(view: Growing, event: HistoryEvent): void {
  const log = logNameOf(event);
  if (log !== undefined && !view.logNames.includes(log)) {
    view.logNames.push(log);
  }
  const scheduled = event.lambdaFunctionScheduledEventDetails?.input ?? event.taskScheduledEventDetails?.parameters;
  if (scheduled !== undefined) {
    view.asked = scheduled;
    view.retries += view.error === undefined ? 0 : 1;
    view.error = undefined;
    view.cause = undefined;
  }
  const succeeded = event.lambdaFunctionSucceededEventDetails ?? event.taskSucceededEventDetails;
  if (succeeded !== undefined) {
    view.answered = succeeded.output;
  }
  const failed =
    event.lambdaFunctionFailedEventDetails ??
    event.lambdaFunctionTimedOutEventDetails ??
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.evaluationFailedEventDetails;
  if (failed !== undefined) {
    view.error = failed.error;
    view.cause = failed.cause;
  }
  if (event.stateExitedEventDetails !== undefined) {
    view.status = view.error === undefined ? 'succeeded' : 'caught';
    view.output = event.stateExitedEventDetails.output;
    view.exited = event.timestamp;
  }
}
