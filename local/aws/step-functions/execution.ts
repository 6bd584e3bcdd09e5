import { parseTimestamp } from './choice';
import type { Branch, FailState, Machine, MapState, ParallelState, State, TaskState, WaitState } from './definition';
import { Aborted, RuntimeFailure, TaskError } from './errors';
import { type Cursor, History, type HistoryEvent } from './history';
import { jsonText } from './json';
import type { Combine, Expression } from './paths';
import { matches, Retries } from './retry';
import { callHandler, type TaskHandler } from './task';
import { taskEvents } from './task-events';
import { deadline, pause, untilAborted } from './time';

/** The service ends an execution here; it also ends a loop that never waits. */
const MOST_EVENTS = 25_000;
/** An inline Map runs no more iterations at once, whatever MaxConcurrency says. */
const MOST_ITERATIONS = 40;

export interface ExecutionOptions {
  readonly input: unknown;
  readonly executionName: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  /** `$$.Execution.RoleArn`. @default that field does not exist */
  readonly roleArn?: string;
  /** How to spend the time of a Wait, and between attempts; time-outs always run on the real clock. @default real time */
  readonly delay?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onEvent?: (event: HistoryEvent) => void;
  /** Stops the execution; a TaskError as its reason gives the error and cause of the stop. */
  readonly signal?: AbortSignal;
}

/** `error` and `cause` are empty where the definition or whoever stopped the execution gave none. */
export type ExecutionResult =
  | { readonly status: 'SUCCEEDED'; readonly output: unknown }
  | { readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; readonly error: string; readonly cause: string };

type Context = Readonly<Record<string, unknown>>;
type WorkState = TaskState | ParallelState | MapState;

/** One branch under way: its place in the history, what stops it, and the context object without `$$.State`. */
interface Thread extends Cursor {
  readonly signal: AbortSignal;
  readonly context: Context;
}

/** A visit to a state. */
interface Visit<S extends State> {
  readonly name: string;
  readonly state: S;
  readonly input: unknown;
  readonly context: Context;
  readonly thread: Thread;
}

/** Where a state leads; no `next` ends the branch. */
interface Step {
  readonly output: unknown;
  readonly next?: string;
}

function select(path: Expression | null, data: unknown, context: Context): unknown {
  return path === null ? {} : path({ data, context });
}

function combine(path: Combine | null, input: unknown, result: unknown): unknown {
  return path === null ? input : path(input, result);
}

function wholeNumber(value: unknown, field: string, minimum: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum) return value;
  throw new RuntimeFailure(`${field} must give a whole number of at least ${minimum}, not ${JSON.stringify(value)}.`);
}

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
    const thread: Thread = {
      path: [],
      previousEventId: 0,
      signal: this.stopping.signal,
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
    try {
      const input = jsonText(options.input, options.executionName);
      history.record({ ...thread }, 'ExecutionStarted', {
        executionStartedEventDetails: { input, inputDetails: { truncated: false }, roleArn: options.roleArn },
      });
      const output = await this.runBranch(this.machine, options.input, thread);
      history.record(thread, 'ExecutionSucceeded', {
        executionSucceededEventDetails: { output: JSON.stringify(output), outputDetails: { truncated: false } },
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

  private async runBranch(branch: Branch, input: unknown, thread: Thread): Promise<unknown> {
    let step: Step = { output: input, next: branch.StartAt };
    while (step.next !== undefined) {
      thread.signal.throwIfAborted();
      const state = branch.States[step.next];
      if (state === undefined) throw new Error(`There is no state "${step.next}", though the definition was checked.`);
      step = await this.runState(step.next, state, step.output, thread);
    }
    return step.output;
  }

  private async runState(name: string, state: State, input: unknown, thread: Thread): Promise<Step> {
    const { history } = this;
    const entered = history.record(thread, `${state.Type}StateEntered`, {
      stateEnteredEventDetails: { name, input: JSON.stringify(input), inputDetails: { truncated: false } },
    });
    const context = { ...thread.context, State: { EnteredTime: new Date().toISOString(), Name: name } };
    try {
      if (history.length > MOST_EVENTS) {
        throw new RuntimeFailure(`The execution reached the maximum number of history events (${MOST_EVENTS}).`);
      }
      const step = await this.perform({ name, input, context, thread }, state);
      const output = jsonText(step.output, name);
      if (state.Type !== 'Fail') {
        history.record(thread, `${state.Type}StateExited`, {
          stateExitedEventDetails: { name, output, outputDetails: { truncated: false } },
        });
      }
      return step;
    } catch (error) {
      if (error instanceof RuntimeFailure) {
        const place = `An error occurred while executing the state '${name}' (entered at the event id #${entered}).`;
        throw new TaskError('States.Runtime', `${place} ${error.message}`);
      }
      // A stop of the whole execution ends the history at once; a failing sibling leaves a trace in each state it aborts.
      const lasts = state.Type === 'Task' || state.Type === 'Wait' || state.Type === 'Parallel' || state.Type === 'Map';
      if (error instanceof Aborted && !this.stopping.signal.aborted && lasts) {
        history.record(thread, `${state.Type}StateAborted`);
      }
      throw error;
    }
  }

  private async perform(visit: Omit<Visit<State>, 'state'>, state: State): Promise<Step> {
    const { input, context, thread } = visit;
    if (state.Type === 'Fail') return this.fail(state, input, context);
    const data = select(state.InputPath, input, context);
    switch (state.Type) {
      case 'Pass': {
        const parameters = state.Parameters === undefined ? data : state.Parameters({ data, context });
        const result = 'Result' in state ? state.Result : parameters;
        const output = combine(state.ResultPath, input, result);
        return { output: select(state.OutputPath, output, context), next: state.Next };
      }
      case 'Choice': {
        const next = state.Choices.find((rule) => rule.test({ data, context }))?.Next ?? state.Default;
        if (next === undefined) {
          throw new TaskError('States.NoChoiceMatched', `No choice of '${visit.name}' matches and it has no Default.`);
        }
        return { output: select(state.OutputPath, data, context), next };
      }
      case 'Wait':
        await this.pause(waitingTime(state, data, context), thread.signal);
        return { output: select(state.OutputPath, data, context), next: state.Next };
      case 'Succeed':
        return { output: select(state.OutputPath, data, context) };
      case 'Task':
        return this.attempt({ ...visit, state }, (attempt) => this.runTask(attempt, data));
      case 'Parallel':
        return this.attempt({ ...visit, state }, (attempt) => this.runParallel(attempt, data));
      case 'Map':
        return this.attempt({ ...visit, state }, (attempt) => this.runMap(attempt, data));
    }
  }

  private fail(state: FailState, input: unknown, context: Context): never {
    const read = (field: 'ErrorPath' | 'CausePath'): string | undefined => {
      const value = state[field]?.({ data: input, context });
      if (value === undefined || typeof value === 'string') return value;
      throw new RuntimeFailure(`${field} must give a string, not ${JSON.stringify(value)}.`);
    };
    throw new TaskError(state.Error ?? read('ErrorPath') ?? '', state.Cause ?? read('CausePath') ?? '');
  }

  private async pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await untilAborted((this.options.delay ?? pause)(milliseconds, signal), signal);
  }

  /** Does a state's work, again as its Retry says, and places the result, or the error as its Catch says. */
  private async attempt<S extends WorkState>(
    visit: Visit<S>,
    work: (visit: Visit<S>) => Promise<unknown>,
  ): Promise<Step> {
    const { state, input, thread } = visit;
    const retries = new Retries(state.Retry);
    for (let count = 0; ; count += 1) {
      const context = { ...visit.context, State: { ...(visit.context.State as object), RetryCount: count } };
      try {
        const data = await work({ ...visit, context });
        const result = state.ResultSelector === undefined ? data : state.ResultSelector({ data, context });
        const output = combine(state.ResultPath, input, result);
        return { output: select(state.OutputPath, output, context), next: state.Next };
      } catch (failure) {
        if (!(failure instanceof TaskError)) throw failure;
        const { error, cause } = failure;
        const delay = retries.next(error);
        if (delay !== undefined) {
          await this.pause(delay, thread.signal);
          continue;
        }
        if (state.Type !== 'Task') this.history.record(thread, `${state.Type}StateFailed`);
        const catcher = state.Catch.find((rule) => matches(rule.ErrorEquals, error));
        if (catcher === undefined) throw failure;
        return { output: combine(catcher.ResultPath, input, { Error: error, Cause: cause }), next: catcher.Next };
      }
    }
  }

  private async runTask({ name, state, context, thread }: Visit<TaskState>, data: unknown): Promise<unknown> {
    const { history } = this;
    const scope = { data, context };
    const handler = this.handlers.get(state.Resource);
    if (handler === undefined) throw new Error(`Nothing handles ${state.Resource}, though the definition was checked.`);
    const parameters = jsonText(state.Parameters === undefined ? data : state.Parameters(scope), name);
    const seconds =
      state.TimeoutSecondsPath === undefined
        ? state.TimeoutSeconds
        : wholeNumber(state.TimeoutSecondsPath(scope), 'TimeoutSecondsPath', 1);
    const events = taskEvents(state.Resource);
    const region = this.options.executionArn.split(':')[3];
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

  private async runParallel(visit: Visit<ParallelState>, data: unknown): Promise<unknown> {
    const { state, context, thread } = visit;
    const input = state.Parameters === undefined ? data : state.Parameters({ data, context });
    this.history.record(thread, 'ParallelStateStarted');
    const jobs = state.Branches.map((branch) => ({
      context: thread.context,
      run: (inner: Thread) => this.runBranch(branch, input, inner),
    }));
    const results = await this.together(visit, jobs, jobs.length);
    this.history.record(thread, 'ParallelStateSucceeded');
    return results;
  }

  private async runMap(visit: Visit<MapState>, data: unknown): Promise<unknown> {
    const { state, context, thread } = visit;
    const items = state.ItemsPath({ data, context });
    if (!Array.isArray(items)) {
      const cause = `Map state input must be an array but was: ${JSON.stringify(items)}`;
      throw new TaskError('States.QueryEvaluationError', cause);
    }
    const concurrency =
      state.MaxConcurrencyPath === undefined
        ? (state.MaxConcurrency ?? 0)
        : wholeNumber(state.MaxConcurrencyPath({ data, context }), 'MaxConcurrencyPath', 0);
    const selector = state.ItemSelector ?? state.Parameters;
    this.history.record(thread, 'MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });
    const jobs = items.map((item: unknown, index) => {
      const place = { Map: { Item: { Index: index, Value: item } } };
      const input = (): unknown =>
        selector === undefined ? item : selector({ data, context: { ...context, ...place } });
      return {
        context: { ...thread.context, ...place },
        run: (inner: Thread) => this.runIteration(visit, index, input, inner),
      };
    });
    const results = await this.together(visit, jobs, concurrency === 0 ? MOST_ITERATIONS : concurrency);
    this.history.record(thread, 'MapStateSucceeded');
    return results;
  }

  private async runIteration(
    { name, state }: Visit<MapState>,
    index: number,
    input: () => unknown,
    thread: Thread,
  ): Promise<unknown> {
    const processor = state.ItemProcessor ?? state.Iterator;
    if (processor === undefined) throw new Error(`"${name}" has no processor, though the definition was checked.`);
    const place = { name, index };
    this.history.record(thread, 'MapIterationStarted', { mapIterationStartedEventDetails: place });
    try {
      const result = await this.runBranch(processor, input(), thread);
      this.history.record(thread, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: place });
      return result;
    } catch (error) {
      if (error instanceof TaskError) {
        this.history.record(thread, 'MapIterationFailed', { mapIterationFailedEventDetails: place });
      } else if (error instanceof Aborted && !this.stopping.signal.aborted) {
        this.history.record(thread, 'MapIterationAborted', { mapIterationAbortedEventDetails: place });
      }
      throw error;
    }
  }

  /**
   * Runs the branches of a state, so many at once, and answers their outputs in order. The first failure aborts the
   * others, and is thrown when all have unwound, so that no branch writes history after its state has ended.
   */
  private async together(
    { name, thread }: Visit<WorkState>,
    jobs: readonly { readonly context: Context; readonly run: (inner: Thread) => Promise<unknown> }[],
    atOnce: number,
  ): Promise<unknown[]> {
    const failing = new AbortController();
    const signal = AbortSignal.any([thread.signal, failing.signal]);
    const outputs: unknown[] = [];
    const failures: unknown[] = [];
    const waiting = [...jobs.entries()];
    const { path, previousEventId } = thread;
    const work = async (): Promise<void> => {
      for (let job = waiting.shift(); job !== undefined && failures.length === 0; job = waiting.shift()) {
        const [index, { context, run }] = job;
        const inner: Thread = { path: [...path, `${name}[${index}]`], previousEventId, signal, context };
        try {
          outputs[index] = await run(inner);
          thread.previousEventId = inner.previousEventId;
        } catch (error) {
          if (failures.push(error) === 1) thread.previousEventId = inner.previousEventId;
          failing.abort(new Aborted('ABORTED'));
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, work));
    if (failures.length > 0) throw failures[0];
    return outputs;
  }
}

/** Milliseconds that a Wait state has left to wait; none for a time in the past. */
function waitingTime(state: WaitState, data: unknown, context: Context): number {
  const scope = { data, context };
  if (state.Seconds !== undefined) return state.Seconds * 1000;
  if (state.SecondsPath !== undefined) return wholeNumber(state.SecondsPath(scope), 'SecondsPath', 0) * 1000;
  const timestamp = state.Timestamp ?? state.TimestampPath?.(scope);
  const until = parseTimestamp(timestamp);
  if (until === undefined) {
    throw new RuntimeFailure(`TimestampPath must give a timestamp with a zone, not ${JSON.stringify(timestamp)}.`);
  }
  return Math.max(0, until - Date.now());
}
