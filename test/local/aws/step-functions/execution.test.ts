import { StateMachine, TaskError, type TaskHandler } from '../../../../local/aws/step-functions/state-machine';
import { branchOf, ECHO, machineOf, parse, run, single, types, WORK } from './harness';

/** A handler that fails with these names one after the other, then answers the number of calls. */
function failsWith(...errors: string[]): TaskHandler {
  let calls = 0;
  return () => {
    const error = errors[calls];
    calls += 1;
    return error === undefined ? Promise.resolve(calls) : Promise.reject(new TaskError(error, ''));
  };
}

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

  test('Arguments are evaluated for each attempt, with RetryCount', async () => {
    const seen: unknown[] = [];
    const handler: TaskHandler = (given, { context, stateName }) => {
      seen.push([given, (context.State as { RetryCount: number }).RetryCount, stateName]);
      return seen.length < 3 ? Promise.reject(new Error('again')) : Promise.resolve();
    };
    const machine = retrying([{ ErrorEquals: ['Error'] }], {
      Arguments: { n: '{% $states.context.State.RetryCount %}' },
    });
    const { result } = await run(machine, {}, { [WORK]: handler });
    expect(seen).toEqual([
      [{ n: 0 }, 0, 'S'],
      [{ n: 1 }, 1, 'S'],
      [{ n: 2 }, 2, 'S'],
    ]);
    expect(result).toEqual({ status: 'SUCCEEDED', output: null });
  });

  test.each(['Output', 'Assign'])('what fails in %s after success is tried again, the task too', async (field) => {
    const machine = retrying([{ ErrorEquals: ['States.QueryEvaluationError'] }], {
      [field]: { a: '{% $states.result.a %}' },
    });
    let calls = 0;
    const handler: TaskHandler = () => Promise.resolve((calls += 1) === 1 ? {} : { a: 1 });
    const { result, waits } = await run(machine, {}, { [WORK]: handler });
    expect(result).toEqual({ status: 'SUCCEEDED', output: { a: 1 } });
    expect([calls, waits]).toEqual([2, [1000]]);
  });

  test('a Map is retried as a whole, and its Catch comes after', async () => {
    const machine = machineOf({
      M: {
        Type: 'Map',
        ItemProcessor: branchOf({ F: { Type: 'Fail', Error: 'E', Cause: 'C' } }),
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
    const handler: TaskHandler = (given) => Promise.resolve(Object.assign(given as object, { a: 2 }));
    const Output = { input: '{% $states.input %}', result: '{% $states.result %}' };
    const { result } = await run(single({ Type: 'Task', Resource: WORK, Output }), { a: 1 }, { [WORK]: handler });
    expect(result).toEqual({ status: 'SUCCEEDED', output: { input: { a: 1 }, result: { a: 2 } } });
  });

  test('an error of onEvent is not one of the execution', async () => {
    const onEvent = (): never => {
      throw new Error('disk full');
    };
    await expect(run(single({ Type: 'Pass' }), {}, {}, { onEvent })).rejects.toThrow('disk full');
  });
});

describe('Map', () => {
  test.each([
    [1, 1],
    [2, 2],
    [0, 5],
    [100, 5],
  ])('MaxConcurrency %d runs %d at once', async (MaxConcurrency, most) => {
    let started = 0;
    let highest = 0;
    const running: (() => void)[] = [];
    const handler: TaskHandler = (item) =>
      new Promise((resolve) => {
        running.push(() => {
          resolve(item);
        });
        highest = Math.max(highest, running.length);
        started += 1;
        // Whoever else is to start has started by then.
        if (running.length === most || started === 5)
          setImmediate(() => {
            running.splice(0).forEach((end) => {
              end();
            });
          });
      });
    const I = { Type: 'Task', Resource: WORK, End: true };
    const machine = single({ Type: 'Map', MaxConcurrency, ItemProcessor: branchOf({ I }) });
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
    const { events } = await run(single({ Type: 'Map', MaxConcurrency: 1, ItemProcessor: branchOf({ I }) }), [1, 2], {
      [WORK]: handler,
    });
    expect(seen).toEqual([1]);
    expect(types(events).filter((type) => type === 'MapIterationStarted')).toHaveLength(1);
  });
});

test('one machine runs several executions at once', async () => {
  const machine = parse(
    single({ Type: 'Task', Resource: ECHO, Arguments: { name: '{% $states.context.Execution.Name %}' } }),
  );
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
