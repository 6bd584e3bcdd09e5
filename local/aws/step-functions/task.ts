import { Aborted, TaskError } from './errors';
import type { History } from './history';
import { jsonText } from './json';
import type { TaskState } from './states';
import { taskEvents } from './task-events';
import { deadline, untilAborted } from './time';
import type { Context, Visit } from './visit';

/** What a handler learns about the task that it runs. */
export interface TaskContext {
  /** Fires on the task's or the machine's time-out, on a stop, and when another iteration of the same Map fails. */
  readonly signal: AbortSignal;
  readonly stateName: string;
  /** The context object, `$states.context`. */
  readonly context: Context;
}

/** Does a task's work: gets its Arguments, answers its result. Throws TaskError, or any Error (its name and message count). */
export type TaskHandler = (given: unknown, task: TaskContext) => Promise<unknown>;

/** Runs a Task's handler once, and answers its result as plain JSON. Throws TaskError, or the reason for a stop. */
export async function runTask(
  visit: Visit,
  state: TaskState,
  handler: TaskHandler,
  history: History,
  region: string | undefined,
): Promise<unknown> {
  const { name, input, context, thread } = visit;
  const given = state.Arguments === undefined ? input : await visit.evaluate(state.Arguments, 'Arguments');
  const seconds =
    state.TimeoutSeconds === undefined ? undefined : await visit.evaluate(state.TimeoutSeconds, 'TimeoutSeconds');
  const parameters = jsonText(given, name);
  const events = taskEvents(state.Resource);
  history.record(thread, ...events.scheduled(parameters, region, seconds));
  history.record(thread, ...events.started());
  try {
    const task = { signal: thread.signal, stateName: name, context };
    const result = await callHandler(handler, JSON.parse(parameters), task, seconds);
    const output = jsonText(result, events.name);
    history.record(thread, ...events.succeeded(output));
    return JSON.parse(output) as unknown;
  } catch (failure) {
    if (failure instanceof TaskError) history.record(thread, ...events.failed(failure));
    throw failure;
  }
}

/**
 * Runs a handler until it is done, its time (seconds) is over or the outer signal fires; it does not wait for a handler
 * that ignores its signal. Throws TaskError (States.Timeout for the task's own time-out) or the outer signal's reason.
 */
async function callHandler(
  handler: TaskHandler,
  given: unknown,
  task: TaskContext,
  seconds: number | undefined,
): Promise<unknown> {
  const timeout = new AbortController();
  const signal = AbortSignal.any([task.signal, timeout.signal]);
  const cancel = deadline(seconds, () => {
    timeout.abort(new TaskError('States.Timeout', ''));
  });
  // An async function, so that a handler that throws at once is one that rejects.
  const work = async (): Promise<unknown> => handler(given, { ...task, signal });
  try {
    return await untilAborted(work(), signal);
  } catch (error) {
    if (error instanceof TaskError || error instanceof Aborted) throw error;
    throw error instanceof Error ? new TaskError(error.name, error.message) : new TaskError('Error', String(error));
  } finally {
    cancel();
  }
}
