import { Aborted, TaskError } from './errors';
import { History, type HistoryEvent } from './history';
import { jsonText } from './json';
import { runMap } from './map';
import { matches, Retries } from './retry';
import type { Branch, ChoiceState, FailState, Machine, MapState, State, TaskState } from './states';
import { runTask, type TaskHandler } from './task';
import { deadline, pause, untilAborted } from './time';
import { Variables } from './variables';
import { type Departure, type Thread, Visit } from './visit';

/** The service ends an execution here; it also ends a loop that never waits. */
const MOST_EVENTS = 25_000;

const WHOLE = { truncated: false };

export interface ExecutionOptions {
  readonly input: unknown;
  readonly executionName: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  /** `$states.context.Execution.RoleArn`. @default that field does not exist */
  readonly roleArn?: string;
  /** How to spend the time of a Wait, and between attempts; time-outs always run on the real clock. @default real time */
  readonly delay?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onEvent?: (event: HistoryEvent) => void;
  /** Stops the execution; a TaskError as its reason gives the error and cause of the stop. */
  readonly signal?: AbortSignal;
  /** Ends the execution at its next transition from one state to another. */
  readonly deleted?: AbortSignal;
}

/** `error` and `cause` are empty where the definition or whoever stopped the execution gave none. */
export type ExecutionResult =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; readonly error: string; readonly cause: string };

/** One run of a machine. */
export class Execution {
  private readonly stopping = new AbortController();
  private readonly history: History;

  constructor(
    private readonly machine: Machine,
    private readonly handlers: ReadonlyMap<string, TaskHandler>,
    private readonly options: ExecutionOptions,
  ) {
    this.history = new History(options.onEvent);
  }

  /** Runs to the end. Rejects only when the interpreter itself or `onEvent` throws. */
  async run(): Promise<ExecutionResult> {
    const { signal } = this.options;
    const stop = (): void => {
      const reason: unknown = signal?.reason;
      this.stopping.abort(
        reason instanceof TaskError ? new Aborted('ABORTED', reason.error, reason.cause) : new Aborted('ABORTED'),
      );
    };
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    const cancel = deadline(this.machine.TimeoutSeconds, () => {
      this.stopping.abort(new Aborted('TIMED_OUT', 'States.Timeout'));
    });
    try {
      return await this.runMachine();
    } finally {
      cancel();
      signal?.removeEventListener('abort', stop);
    }
  }

  private async runMachine(): Promise<ExecutionResult> {
    const { options, history } = this;
    const thread = this.thread();
    try {
      const input = jsonText(options.input, options.executionName);
      history.record({ ...thread }, 'ExecutionStarted', {
        executionStartedEventDetails: { input, inputDetails: WHOLE, roleArn: options.roleArn },
      });
      const output = await this.runBranch(this.machine, options.input, thread);
      history.record(thread, 'ExecutionSucceeded', {
        executionSucceededEventDetails: { output: JSON.stringify(output), outputDetails: WHOLE },
      });
      return { status: 'SUCCEEDED', output };
    } catch (failure) {
      if (!(failure instanceof TaskError) && !(failure instanceof Aborted)) throw failure;
      const { error, cause } = failure;
      const status = failure instanceof Aborted ? failure.status : 'FAILED';
      if (status === 'FAILED')
        history.record(thread, 'ExecutionFailed', { executionFailedEventDetails: { error, cause } });
      if (status === 'TIMED_OUT')
        history.record(thread, 'ExecutionTimedOut', { executionTimedOutEventDetails: { error, cause } });
      if (status === 'ABORTED')
        history.record(thread, 'ExecutionAborted', { executionAbortedEventDetails: { error, cause } });
      return { status, error, cause };
    }
  }

  private thread(): Thread {
    const { options } = this;
    return {
      path: [],
      previousEventId: 0,
      signal: this.stopping.signal,
      variables: new Variables(),
      context: {
        Execution: {
          Id: options.executionArn,
          Input: options.input,
          Name: options.executionName,
          ...(options.roleArn === undefined ? {} : { RoleArn: options.roleArn }),
          StartTime: new Date().toISOString(),
          RedriveCount: 0,
        },
        StateMachine: { Id: options.stateMachineArn, Name: options.stateMachineName },
      },
    };
  }

  private async runBranch(branch: Branch, input: unknown, thread: Thread): Promise<unknown> {
    let output = input;
    let next: string | undefined = branch.StartAt;
    while (next !== undefined) {
      thread.signal.throwIfAborted();
      const state = branch.States[next];
      if (state === undefined) throw new Error(`There is no state "${next}", though the definition was checked.`);
      ({ output, next } = await this.runState(next, state, output, thread));
      if (next !== undefined && this.options.deleted?.aborted === true) this.stopping.abort(new Aborted('ABORTED'));
    }
    return output;
  }

  private async runState(name: string, state: State, input: unknown, thread: Thread): Promise<Departure> {
    const { history } = this;
    const entered = history.record(thread, `${state.Type}StateEntered`, {
      stateEnteredEventDetails: { name, input: JSON.stringify(input), inputDetails: WHOLE },
    });
    const State = { EnteredTime: new Date().toISOString(), Name: name };
    const visit = new Visit(name, input, { ...thread.context, State }, thread, entered, history);
    try {
      if (history.length > MOST_EVENTS) {
        const cause = `The execution reached the maximum number of history events (${MOST_EVENTS}).`;
        throw new TaskError('States.Runtime', visit.explain(cause));
      }
      const departure = await this.perform(visit, state);
      const { output, assigned } = departure;
      const some = Object.keys(assigned).length > 0;
      history.record(thread, `${state.Type as Exclude<State['Type'], 'Fail'>}StateExited`, {
        stateExitedEventDetails: {
          name,
          output: JSON.stringify(output),
          outputDetails: WHOLE,
          ...(some && { assignedVariables: thread.variables.texts(assigned), assignedVariablesDetails: WHOLE }),
        },
      });
      thread.variables.assign(assigned);
      return departure;
    } catch (error) {
      // A stop of the whole execution ends the history at once; a failing iteration leaves a trace in each state it aborts.
      const lasts = state.Type === 'Task' || state.Type === 'Wait' || state.Type === 'Map';
      if (error instanceof Aborted && !this.stopping.signal.aborted && lasts) {
        history.record(thread, `${state.Type}StateAborted`);
      }
      throw error;
    }
  }

  private async perform(visit: Visit, state: State): Promise<Departure> {
    const { input, thread } = visit;
    switch (state.Type) {
      case 'Pass':
      case 'Succeed':
        return visit.leave(state, '', input);
      case 'Wait':
        await this.pause(1000 * (await visit.evaluate(state.Seconds, 'Seconds')), thread.signal);
        return visit.leave(state, '', input);
      case 'Choice':
        return choose(visit, state);
      case 'Fail':
        return fail(visit, state);
      case 'Task':
      case 'Map':
        return this.attempt(visit, state);
    }
  }

  private async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await untilAborted((this.options.delay ?? pause)(milliseconds, signal), signal);
  }

  /** Does a state's work and evaluates what it hands on, again as its Retry says, and leaves by its Catch where both fail. */
  private async attempt(visit: Visit, state: TaskState | MapState): Promise<Departure> {
    const retries = new Retries(state.Retry);
    for (let count = 0; ; count += 1) {
      const again = visit.with({ State: { ...(visit.context.State as object), RetryCount: count } });
      try {
        const result = await this.work(again, state);
        return await again.leave(state, '', result, { result });
      } catch (failure) {
        if (!(failure instanceof TaskError)) throw failure;
        const delay = retries.next(failure.error);
        if (delay !== undefined) {
          await this.pause(delay, visit.thread.signal);
          continue;
        }
        if (state.Type === 'Map') this.history.record(visit.thread, 'MapStateFailed');
        const index = state.Catch.findIndex((rule) => matches(rule.ErrorEquals, failure.error));
        const catcher = state.Catch[index];
        if (catcher === undefined) throw failure;
        const errorOutput = { Error: failure.error, Cause: failure.cause };
        return again.leave(catcher, `Catch[${index}]/`, errorOutput, { errorOutput });
      }
    }
  }

  private async work(visit: Visit, state: TaskState | MapState): Promise<unknown> {
    if (state.Type === 'Map') {
      return runMap(visit, state, this.history, (branch, input, thread) => this.runBranch(branch, input, thread));
    }
    const handler = this.handlers.get(state.Resource);
    if (handler === undefined) throw new Error(`Nothing handles ${state.Resource}, though the definition was checked.`);
    return runTask(visit, state, handler, this.history, this.options.executionArn.split(':')[3]);
  }
}

/** A rule that matches says alone what is handed on and kept; what the state itself says is for its Default. */
async function choose(visit: Visit, state: ChoiceState): Promise<Departure> {
  for (const [index, rule] of state.Choices.entries()) {
    const where = `Choices[${index}]/`;
    if (await visit.evaluate(rule.Condition, `${where}Condition`)) return visit.leave(rule, where, visit.input);
  }
  if (state.Default === undefined) {
    throw new TaskError('States.NoChoiceMatched', `No choice of '${visit.name}' matches and it has no Default.`);
  }
  return visit.leave({ ...state, Next: state.Default }, '', visit.input);
}

async function fail(visit: Visit, { Error, Cause }: FailState): Promise<never> {
  const error = Error === undefined ? '' : await visit.evaluate(Error, 'Error');
  throw new TaskError(error, Cause === undefined ? '' : await visit.evaluate(Cause, 'Cause'));
}
