import {
  type ExecutionOptions,
  type ExecutionResult,
  type HistoryEvent,
  StateMachine,
  TaskError,
  type TaskHandler,
} from '../../../../local/aws/step-functions/state-machine';

export const ECHO = 'arn:aws:states:::test:echo';
export const FAIL = 'arn:aws:states:::test:fail';
/** For a handler of the test's own. */
export const WORK = 'arn:aws:states:::test:work.sync';

/** `echo` answers its Arguments; `fail` throws the error and cause that its Arguments name. */
const HANDLERS: Readonly<Record<string, TaskHandler>> = {
  [ECHO]: (given) => Promise.resolve(given),
  [FAIL]: (given) => {
    const { error, cause } = given as { error: string; cause?: string };
    return Promise.reject(new TaskError(error, cause ?? ''));
  },
};

/** A machine of one state, or of several of which the first begins. */
export function machineOf(states: object): object {
  return { QueryLanguage: 'JSONata', ...branchOf(states) };
}

/** What a Map runs for each item: as `machineOf`, which alone has a QueryLanguage. */
export function branchOf(states: object): object {
  return { StartAt: Object.keys(states)[0], States: states };
}

/** A machine whose only state is `S`. */
export function single(state: object): object {
  const ends = 'Type' in state && ['Succeed', 'Fail', 'Choice'].includes(String(state.Type));
  return machineOf({ S: ends || 'Next' in state ? state : { ...state, End: true } });
}

export function parse(definition: object, handlers: Readonly<Record<string, TaskHandler>> = {}): StateMachine {
  return StateMachine.parse(definition, (resource) => handlers[resource] ?? HANDLERS[resource]);
}

export interface Run {
  readonly result: ExecutionResult;
  readonly events: HistoryEvent[];
  /** What the execution would have waited, in milliseconds. */
  readonly waits: number[];
}

/** Runs a machine without spending time in waits. */
export async function run(
  definition: object,
  input: unknown = {},
  handlers: Readonly<Record<string, TaskHandler>> = {},
  options: Partial<ExecutionOptions> = {},
): Promise<Run> {
  const events: HistoryEvent[] = [];
  const waits: number[] = [];
  const result = await parse(definition, handlers).start({
    input,
    executionName: 'run-1',
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:machine:run-1',
    stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine',
    stateMachineName: 'machine',
    roleArn: 'arn:aws:iam::000000000000:role/machine',
    delay: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { result, events, waits };
}

export function types(events: readonly HistoryEvent[]): string[] {
  return events.map(({ type }) => type);
}

/** A handler that only ends when its signal fires, the signals it got, and the moment when it has the first. */
export function hanging(): { handler: TaskHandler; signals: AbortSignal[]; started: Promise<void> } {
  const signals: AbortSignal[] = [];
  let start: () => void;
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const handler: TaskHandler = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signals.push(signal);
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      start();
    });
  return { handler, signals, started };
}
