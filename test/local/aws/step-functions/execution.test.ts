import { setTimeout as sleep } from 'node:timers/promises';
import {
  type HistoryEvent,
  StateMachine,
  TaskError,
  type TaskHandler,
} from '../../../../local/aws/step-functions/state-machine';
import { ECHO, FAIL, machineOf, parse, run, single } from './harness';

const WORK = 'arn:aws:states:::test:work.sync';

/** A handler that fails with these names one after the other, then answers the number of calls. */
function failsWith(...errors: string[]): TaskHandler {
  let calls = 0;
  return () => {
    const error = errors[calls];
    calls += 1;
    return error === undefined ? Promise.resolve(calls) : Promise.reject(new TaskError(error, ''));
  };
}

/** A handler that only ends when its signal fires, and the signals it got. */
function hanging(): { handler: TaskHandler; signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  const handler: TaskHandler = async (_, { signal }) => {
    signals.push(signal);
    await sleep(60_000, undefined, { signal });
  };
  return { handler, signals };
}

const types = (events: HistoryEvent[]): string[] => events.map(({ type }) => type);

describe('Retry', () => {
  const retrying = (retry: object[], fields: object = {}): object =>
    single({ Type: 'Task', Resource: WORK, Retry: retry, ...fields });

  test.each<[what: string, retry: object[], errors: string[], waits: number[], outcome: unknown]>([
    ['defaults: three attempts more, 1 s doubling', [{ ErrorEquals: ['E'] }], ['E', 'E', 'E'], [1000, 2000, 4000], 4],
    ['gives up after MaxAttempts', [{ ErrorEquals: ['E'], MaxAttempts: 1 }], ['E', 'E'], [1000], 'E'],
    ['MaxAttempts 0 never tries again', [{ ErrorEquals: ['E'], MaxAttempts: 0 }], ['E'], [], 'E'],
    ['interval and rate', [{ ErrorEquals: ['E'], IntervalSeconds: 3, BackoffRate: 1.5 }], ['E', 'E'], [3000, 4500], 3],
    ['MaxDelaySeconds', [{ ErrorEquals: ['E'], MaxDelaySeconds: 2 }], ['E', 'E', 'E'], [1000, 2000, 2000], 4],
    [
      'each rule counts for itself',
      [
        { ErrorEquals: ['A', 'B'], MaxAttempts: 2 },
        { ErrorEquals: ['C'], IntervalSeconds: 5 },
      ],
      ['A', 'B', 'C', 'B'],
      [1000, 2000, 5000],
      'B',
    ],
    [
      'a used-up rule does not pass on to the next',
      [{ ErrorEquals: ['E'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }],
      ['E'],
      [],
      'E',
    ],
    ['States.ALL', [{ ErrorEquals: ['States.ALL'] }], ['X', 'States.Timeout'], [1000, 2000], 3],
    [
      'States.TaskFailed leaves States.Timeout',
      [{ ErrorEquals: ['States.TaskFailed'] }],
      ['X', 'States.Timeout'],
      [1000],
      'States.Timeout',
    ],
    ['no rule for the error', [{ ErrorEquals: ['E'] }], ['X'], [], 'X'],
  ])('%s', async (_, retry, errors, waits, outcome) => {
    const execution = await run(retrying(retry), {}, { [WORK]: failsWith(...errors) });
    expect(execution.waits).toEqual(waits);
    const { result } = execution;
    expect(result.status === 'SUCCEEDED' ? result.output : result.error).toBe(outcome);
  });

  test('full jitter waits at most the interval', async () => {
    const rule = { ErrorEquals: ['E'], IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 20, JitterStrategy: 'FULL' };
    const { waits } = await run(retrying([rule]), {}, { [WORK]: failsWith(...Array<string>(20).fill('E')) });
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  test('Parameters are evaluated for each attempt, with RetryCount', async () => {
    const seen: unknown[] = [];
    const handler: TaskHandler = (parameters, { context, stateName }) => {
      seen.push([parameters, (context.State as { RetryCount: number }).RetryCount, stateName]);
      return seen.length < 3 ? Promise.reject(new Error('again')) : Promise.resolve();
    };
    const machine = retrying([{ ErrorEquals: ['Error'] }], { Parameters: { 'n.$': '$$.State.RetryCount' } });
    const { result } = await run(machine, {}, { [WORK]: handler });
    expect(seen).toEqual([
      [{ n: 0 }, 0, 'S'],
      [{ n: 1 }, 1, 'S'],
      [{ n: 2 }, 2, 'S'],
    ]);
    expect(result).toEqual({ status: 'SUCCEEDED', output: null });
  });

  test('a Map is retried as a whole, and its Catch comes after', async () => {
    const machine = machineOf({
      M: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'E', Cause: 'C' } } },
        Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'T' }],
        End: true,
      },
      T: { Type: 'Succeed' },
    });
    const { result, events } = await run(machine, [1]);
    expect(result).toEqual({ status: 'SUCCEEDED', output: { Error: 'E', Cause: 'C' } });
    const attempt = ['MapStateStarted', 'MapIterationStarted', 'FailStateEntered', 'MapIterationFailed'];
    expect(types(events).slice(2, -4)).toEqual([...attempt, ...attempt, 'MapStateFailed']);
  });
});

describe('handlers', () => {
  test.each<[what: string, handler: TaskHandler, error: string, cause: string]>([
    ['a rejection', () => Promise.reject(new RangeError('too far')), 'RangeError', 'too far'],
    [
      'a throw',
      () => {
        throw new TypeError('no');
      },
      'TypeError',
      'no',
    ],
    ['a TaskError', () => Promise.reject(new TaskError('Lambda.Unknown', 'gone')), 'Lambda.Unknown', 'gone'],
  ])('%s becomes error and cause', async (_, handler, error, cause) => {
    const { result } = await run(single({ Type: 'Task', Resource: WORK }), {}, { [WORK]: handler });
    expect(result).toEqual({ status: 'FAILED', error, cause });
  });

  test('cannot change the data of the machine', async () => {
    const handler: TaskHandler = (parameters) => Promise.resolve(Object.assign(parameters as object, { a: 2 }));
    const { result } = await run(
      single({ Type: 'Task', Resource: WORK, ResultPath: '$.r' }),
      { a: 1 },
      { [WORK]: handler },
    );
    expect(result).toEqual({ status: 'SUCCEEDED', output: { a: 1, r: { a: 2 } } });
  });

  test('an error of onEvent is not one of the execution', async () => {
    const onEvent = (): never => {
      throw new Error('disk full');
    };
    await expect(run(single({ Type: 'Pass' }), {}, {}, { onEvent })).rejects.toThrow('disk full');
  });
});

describe('time', () => {
  test.each<[what: string, state: object, input: object, milliseconds: number]>([
    ['Seconds', { Seconds: 30 }, {}, 30_000],
    ['SecondsPath', { SecondsPath: '$.s' }, { s: 2 }, 2_000],
    ['SecondsPath 0', { SecondsPath: '$.s' }, { s: 0 }, 0],
    ['Timestamp in the past', { Timestamp: '2020-01-01T00:00:00Z' }, {}, 0],
  ])('Wait for %s', async (_, state, input, milliseconds) => {
    const { waits } = await run(single({ Type: 'Wait', ...state }), input);
    expect(waits).toEqual([milliseconds]);
  });

  test('Wait for a TimestampPath', async () => {
    const t = new Date(Date.now() + 60_000).toISOString();
    const {
      waits: [wait],
    } = await run(single({ Type: 'Wait', TimestampPath: '$.t' }), { t });
    expect(wait).toBeGreaterThan(50_000);
    expect(wait).toBeLessThanOrEqual(60_000);
  });

  test('without a delay hook a Wait takes its time', async () => {
    const begun = Date.now();
    await run(single({ Type: 'Wait', Seconds: 1 }), {}, {}, { delay: undefined });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(990);
  });

  test.each<[field: string, state: object]>([
    ['TimeoutSeconds', { TimeoutSeconds: 1 }],
    ['TimeoutSecondsPath', { TimeoutSecondsPath: '$.t' }],
  ])('%s ends a task and fires its signal', async (_, state) => {
    const { handler, signals } = hanging();
    const { result, events } = await run(
      single({ Type: 'Task', Resource: WORK, ...state }),
      { t: 1 },
      { [WORK]: handler },
    );
    expect(result).toEqual({ status: 'FAILED', error: 'States.Timeout', cause: '' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(types(events).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
  });

  test('a task that ignores its signal is left behind, and Retry sees the time-out', async () => {
    let calls = 0;
    const handler: TaskHandler = () => ((calls += 1) === 1 ? new Promise(() => undefined) : Promise.resolve('done'));
    const machine = single({
      Type: 'Task',
      Resource: WORK,
      TimeoutSeconds: 1,
      Retry: [{ ErrorEquals: ['States.Timeout'] }],
    });
    const { result } = await run(machine, {}, { [WORK]: handler });
    expect(result).toEqual({ status: 'SUCCEEDED', output: 'done' });
  });

  test('the time-out of the machine ends it past every Catch and Retry', async () => {
    const { handler, signals } = hanging();
    const all = { ErrorEquals: ['States.ALL'] };
    const state = { Type: 'Task', Resource: WORK, Retry: [all], Catch: [{ ...all, Next: 'T' }], End: true };
    const machine = { ...machineOf({ S: state, T: { Type: 'Succeed' } }), TimeoutSeconds: 1 };
    const { result, events } = await run(machine, {}, { [WORK]: handler });
    expect(result).toEqual({ status: 'TIMED_OUT', error: 'States.Timeout', cause: '' });
    expect(signals[0]?.aborted).toBe(true);
    expect(types(events).at(-1)).toBe('ExecutionTimedOut');
  });
});

describe('stopping', () => {
  test('fires the signal of the task, and the reason becomes error and cause', async () => {
    const { handler, signals } = hanging();
    const stop = new AbortController();
    const machine = machineOf({
      S: { Type: 'Task', Resource: WORK, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'T' }], End: true },
      T: { Type: 'Succeed' },
    });
    const running = run(machine, {}, { [WORK]: handler }, { signal: stop.signal });
    await sleep(20);
    stop.abort(new TaskError('Stopped', 'by hand'));
    const { result, events } = await running;
    expect(result).toEqual({ status: 'ABORTED', error: 'Stopped', cause: 'by hand' });
    expect(signals[0]?.aborted).toBe(true);
    expect(types(events).at(-1)).toBe('ExecutionAborted');
    expect(types(events)).not.toContain('TaskFailed');
  });

  test.each<[during: string, state: object]>([
    ['a Wait', { Type: 'Wait', Seconds: 60 }],
    [
      'a Retry',
      {
        Type: 'Task',
        Resource: FAIL,
        Parameters: { error: 'E' },
        Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 60 }],
      },
    ],
    [
      'a Parallel',
      { Type: 'Parallel', Branches: [{ StartAt: 'B', States: { B: { Type: 'Wait', Seconds: 60, End: true } } }] },
    ],
  ])('during %s', async (_, state) => {
    const stop = new AbortController();
    const running = run(single(state), {}, {}, { signal: stop.signal, delay: undefined });
    await sleep(20);
    stop.abort();
    expect((await running).result).toEqual({ status: 'ABORTED', error: '', cause: '' });
  });

  test('before the start', async () => {
    const { result, events } = await run(single({ Type: 'Pass' }), {}, {}, { signal: AbortSignal.abort() });
    expect(result.status).toBe('ABORTED');
    expect(types(events)).toEqual(['ExecutionStarted', 'ExecutionAborted']);
  });

  test('a failing branch fires the signals of its siblings and leaves their traces', async () => {
    const { handler, signals } = hanging();
    const branch = (name: string, state: object): object => ({ StartAt: name, States: { [name]: state } });
    const machine = machineOf({
      P: {
        Type: 'Parallel',
        Branches: [
          branch('Slow', { Type: 'Task', Resource: WORK, Retry: [{ ErrorEquals: ['States.ALL'] }], End: true }),
          branch('Bad', { Type: 'Task', Resource: FAIL, Parameters: { error: 'E' }, End: true }),
        ],
        Catch: [{ ErrorEquals: ['E'], Next: 'T' }],
        End: true,
      },
      T: { Type: 'Succeed' },
    });
    const { result, events } = await run(machine, {}, { [WORK]: handler });
    expect(result).toEqual({ status: 'SUCCEEDED', output: { Error: 'E', Cause: '' } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    const aborted = events.find(({ type }) => type === 'TaskStateAborted');
    expect(aborted?.path).toEqual(['P[0]']);
    expect(types(events).slice(-5)).toEqual([
      'ParallelStateFailed',
      'ParallelStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });
});

describe('Map', () => {
  test.each([
    [1, 1],
    [2, 2],
    [0, 5],
  ])('MaxConcurrency %d runs %d at once', async (MaxConcurrency, most) => {
    let running = 0;
    let highest = 0;
    const handler: TaskHandler = async (item) => {
      highest = Math.max(highest, (running += 1));
      await sleep(5);
      running -= 1;
      return item;
    };
    const I = { Type: 'Task', Resource: WORK, End: true };
    const machine = single({ Type: 'Map', MaxConcurrency, ItemProcessor: { StartAt: 'I', States: { I } } });
    const { result } = await run(machine, [1, 2, 3, 4, 5], { [WORK]: handler });
    expect(result).toEqual({ status: 'SUCCEEDED', output: [1, 2, 3, 4, 5] });
    expect(highest).toBe(most);
  });

  test('no iteration begins after one has failed', async () => {
    const seen: unknown[] = [];
    const handler: TaskHandler = (item) => {
      seen.push(item);
      return Promise.reject(new TaskError('E', ''));
    };
    const I = { Type: 'Task', Resource: WORK, End: true };
    await run(single({ Type: 'Map', MaxConcurrency: 1, ItemProcessor: { StartAt: 'I', States: { I } } }), [1, 2], {
      [WORK]: handler,
    });
    expect(seen).toEqual([1]);
  });
});

describe('history', () => {
  test('of a task that is caught', async () => {
    const machine = machineOf({
      S: { Type: 'Task', Resource: FAIL, TimeoutSeconds: 9, Catch: [{ ErrorEquals: ['E'], Next: 'T' }], End: true },
      T: { Type: 'Pass', Result: 1, End: true },
    });
    const { events } = await run(machine, { error: 'E', cause: 'C' });
    const service = { resourceType: 'test', resource: 'fail' };
    const input = '{"error":"E","cause":"C"}';
    const caught = '{"Error":"E","Cause":"C"}';
    const whole = { truncated: false };
    const event = (id: number, previousEventId: number, type: string, details: object): object => ({
      id,
      previousEventId,
      timestamp: expect.any(Date) as Date,
      type,
      path: [],
      ...details,
    });
    expect(events).toEqual([
      event(1, 0, 'ExecutionStarted', {
        executionStartedEventDetails: { input, inputDetails: whole, roleArn: 'arn:aws:iam::000000000000:role/machine' },
      }),
      event(2, 0, 'TaskStateEntered', { stateEnteredEventDetails: { name: 'S', input, inputDetails: whole } }),
      event(3, 2, 'TaskScheduled', {
        taskScheduledEventDetails: { ...service, parameters: input, region: 'us-east-1', timeoutInSeconds: 9 },
      }),
      event(4, 3, 'TaskStarted', { taskStartedEventDetails: service }),
      event(5, 4, 'TaskFailed', { taskFailedEventDetails: { ...service, error: 'E', cause: 'C' } }),
      event(6, 5, 'TaskStateExited', {
        stateExitedEventDetails: { name: 'S', output: caught, outputDetails: whole },
      }),
      event(7, 6, 'PassStateEntered', { stateEnteredEventDetails: { name: 'T', input: caught, inputDetails: whole } }),
      event(8, 7, 'PassStateExited', { stateExitedEventDetails: { name: 'T', output: '1', outputDetails: whole } }),
      event(9, 8, 'ExecutionSucceeded', {
        executionSucceededEventDetails: { output: '1', outputDetails: whole },
      }),
    ]);
  });

  test('of branches: a path, and a chain of its own', async () => {
    const inner = {
      Type: 'Map',
      ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Task', Resource: WORK, End: true } } },
      End: true,
    };
    const machine = single({
      Type: 'Parallel',
      Branches: [
        { StartAt: 'M', States: { M: inner } },
        { StartAt: 'B', States: { B: { Type: 'Pass', End: true } } },
      ],
    });
    const { events } = await run(machine, [7], { [WORK]: () => Promise.resolve(8) });
    const succeeded = events.find(({ type }) => type === 'TaskSucceeded');
    expect(succeeded).toMatchObject({
      path: ['S[0]', 'M[0]'],
      taskSucceededEventDetails: { resourceType: 'test', resource: 'work.sync', output: '8' },
    });
    const chain: string[] = [];
    const before = (event: HistoryEvent): HistoryEvent | undefined =>
      events.find(({ id }) => id === event.previousEventId);
    for (let event = succeeded; event !== undefined; event = before(event)) chain.push(event.type);
    expect(chain).toEqual([
      'TaskSucceeded',
      'TaskStarted',
      'TaskScheduled',
      'TaskStateEntered',
      'MapIterationStarted',
      'MapStateStarted',
      'MapStateEntered',
      'ParallelStateStarted',
      'ParallelStateEntered',
    ]);
    expect(types(events).slice(-4)).toEqual([
      'MapStateExited',
      'ParallelStateSucceeded',
      'ParallelStateExited',
      'ExecutionSucceeded',
    ]);
  });

  test.each([
    ['arn:aws:states:::lambda:invoke', { resourceType: 'lambda', resource: 'invoke' }],
    [
      'arn:aws:states:::sagemaker:createTrainingJob.sync',
      { resourceType: 'sagemaker', resource: 'createTrainingJob.sync' },
    ],
    ['arn:aws:states:::aws-sdk:s3:getObject', { resourceType: 'aws-sdk:s3', resource: 'getObject' }],
    ['arn:aws:states:::states:startExecution.sync:2', { resourceType: 'states', resource: 'startExecution.sync:2' }],
  ])('names the service of %s', async (Resource, service) => {
    const { events } = await run(single({ Type: 'Task', Resource }), {}, { [Resource]: () => Promise.resolve() });
    expect(events.find(({ type }) => type === 'TaskStarted')?.taskStartedEventDetails).toEqual(service);
  });

  const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f';
  test.each<[TaskHandler, string, object]>([
    [
      () => Promise.resolve(1),
      'LambdaFunctionSucceeded',
      { lambdaFunctionSucceededEventDetails: { output: '1', outputDetails: { truncated: false } } },
    ],
    [
      () => Promise.reject(new TaskError('E', 'C')),
      'LambdaFunctionFailed',
      { lambdaFunctionFailedEventDetails: { error: 'E', cause: 'C' } },
    ],
    [
      hanging().handler,
      'LambdaFunctionTimedOut',
      { lambdaFunctionTimedOutEventDetails: { error: 'States.Timeout', cause: '' } },
    ],
  ])('of a task that names a Lambda function, %#', async (handler, type, details) => {
    const { events } = await run(single({ Type: 'Task', Resource: FUNCTION, TimeoutSeconds: 1 }), 5, {
      [FUNCTION]: handler,
    });
    expect(types(events).slice(2, 5)).toEqual(['LambdaFunctionScheduled', 'LambdaFunctionStarted', type]);
    expect(events[2]?.lambdaFunctionScheduledEventDetails).toEqual({
      resource: FUNCTION,
      input: '5',
      inputDetails: { truncated: false },
      timeoutInSeconds: 1,
    });
    expect(events[4]).toMatchObject(details);
  });

  test('a failed execution ends with its error and cause', async () => {
    const { events } = await run(single({ Type: 'Fail', Error: 'E', Cause: 'C' }));
    expect(types(events)).toEqual(['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed']);
    expect(events.at(-1)?.executionFailedEventDetails).toEqual({ error: 'E', cause: 'C' });
  });

  test('a machine that turns in a circle ends at 25,000 events', async () => {
    const machine = machineOf({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } });
    const { result } = await run(machine);
    expect(result).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('25000') as string,
    });
  });
});

test('one machine runs several executions at once', async () => {
  const machine = parse(single({ Type: 'Task', Resource: ECHO, Parameters: { 'name.$': '$$.Execution.Name' } }));
  expect(machine).toBeInstanceOf(StateMachine);
  const start = (name: string): unknown =>
    machine.start({
      input: {},
      executionName: name,
      executionArn: `arn:${name}`,
      stateMachineArn: 'arn:m',
      stateMachineName: 'm',
    });
  expect(await Promise.all([start('a'), start('b')])).toEqual([
    { status: 'SUCCEEDED', output: { name: 'a' } },
    { status: 'SUCCEEDED', output: { name: 'b' } },
  ]);
});
