import { Aborted, TaskError } from './errors';
import { deadline, untilAborted } from './time';

/** What a handler learns about the task that it runs. */
export interface TaskContext {
  /** Fires on the task's or the machine's time-out, on a stop, and when a sibling branch fails. */
  readonly signal: AbortSignal;
  readonly stateName: string;
  /** The context object, `$$`. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** Does a task's work: gets its Parameters, answers its result. Throws TaskError, or any Error (its name and message count). */
export type TaskHandler = (parameters: unknown, task: TaskContext) => Promise<unknown>;

/**
 * Runs a handler until it is done, its time (seconds) is over or the outer signal fires; it does not wait for a handler
 * that ignores its signal. Throws TaskError (States.Timeout for the task's own time-out) or the outer signal's reason.
 */
export async function callHandler(
  handler: TaskHandler,
  parameters: unknown,
  task: TaskContext,
  seconds: number | undefined,
): Promise<unknown> {
  const timeout = new AbortController();
  const signal = AbortSignal.any([task.signal, timeout.signal]);
  const cancel = deadline(seconds, () => {
    timeout.abort(new TaskError('States.Timeout', ''));
  });
  // An async function, so that a handler that throws at once is one that rejects.
  const work = async (): Promise<unknown> => handler(parameters, { ...task, signal });
  try {
    return await untilAborted(work(), signal);
  } catch (error) {
    if (error instanceof TaskError || error instanceof Aborted) throw error;
    throw error instanceof Error ? new TaskError(error.name, error.message) : new TaskError('Error', String(error));
  } finally {
    cancel();
  }
}
