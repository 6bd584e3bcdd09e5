import { TaskError, type TaskHandler } from '../../../../local/aws/step-functions/state-machine';
import { pause } from '../../../../local/aws/step-functions/time';
import { branchOf, FAIL, hanging, machineOf, run, single, types, WORK } from './harness';

describe('time', () => {
  test.each<[what: string, Seconds: unknown, milliseconds: number]>([
    ['a number', 30, 30_000],
    ['an expression', '{% $states.input.s %}', 2000],
    ['nothing', 0, 0],
  ])('Wait for %s', async (_, Seconds, milliseconds) => {
    const { waits } = await run(single({ Type: 'Wait', Seconds }), { s: 2 });
    expect(waits).toEqual([milliseconds]);
  });

  test.each<[what: string, TimeoutSeconds: unknown]>([
    ['a number', 7],
    ['an expression', '{% $states.input.t %}'],
  ])('TimeoutSeconds as %s ends a task and fires its signal', async (_, TimeoutSeconds) => {
    jest.useFakeTimers();
    const { handler, signals, started } = hanging();
    const running = run(single({ Type: 'Task', Resource: WORK, TimeoutSeconds }), { t: 7 }, { [WORK]: handler });
    await started;
    jest.advanceTimersByTime(6999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    jest.advanceTimersByTime(1);
    const { result, events } = await running;
    expect(result).toEqual({ status: 'FAILED', error: 'States.Timeout', cause: '' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(types(events).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
  });

  test('a task that ignores its signal is left behind, and Retry sees the time-out', async () => {
    jest.useFakeTimers();
    const { handler: first, started } = hanging();
    // Its promise stays open, whatever becomes of the signal.
    const ignoring: TaskHandler = (given, task) => {
      void first(given, { ...task, signal: new AbortController().signal });
      return new Promise(() => undefined);
    };
    const handlers = [ignoring, () => Promise.resolve('done')];
    const handler: TaskHandler = (given, task) => handlers.shift()?.(given, task) ?? Promise.reject(new Error('again'));
    const Retry = [{ ErrorEquals: ['States.Timeout'] }];
    const machine = single({ Type: 'Task', Resource: WORK, TimeoutSeconds: 1, Retry });
    const running = run(machine, {}, { [WORK]: handler });
    await started;
    jest.advanceTimersByTime(1000);
    const { result } = await running;
    expect(result).toEqual({ status: 'SUCCEEDED', output: 'done' });
  });

  test('the time-out of the machine ends it past every Catch and Retry', async () => {
    jest.useFakeTimers();
    const { handler, signals, started } = hanging();
    const all = { ErrorEquals: ['States.ALL'] };
    const state = { Type: 'Task', Resource: WORK, Retry: [all], Catch: [{ ...all, Next: 'T' }], End: true };
    const machine = { ...machineOf({ S: state, T: { Type: 'Succeed' } }), TimeoutSeconds: 1 };
    const running = run(machine, {}, { [WORK]: handler });
    await started;
    jest.advanceTimersByTime(1000);
    const { result, events } = await running;
    expect(result).toEqual({ status: 'TIMED_OUT', error: 'States.Timeout', cause: '' });
    expect(signals[0]?.aborted).toBe(true);
    expect(types(events).at(-1)).toBe('ExecutionTimedOut');
  });

  test('a pause ends when its time is over, however long, and when its signal fires', async () => {
    await pause(1, new AbortController().signal);
    await expect(pause(2 ** 40, AbortSignal.abort())).rejects.toThrow('aborted');
  });

  afterEach(() => {
    jest.useRealTimers();
  });
});

describe('stopping', () => {
  test('fires the signal of the task, and the reason becomes error and cause', async () => {
    const { handler, signals, started } = hanging();
    const stop = new AbortController();
    const machine = machineOf({
      S: { Type: 'Task', Resource: WORK, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'T' }], End: true },
      T: { Type: 'Succeed' },
    });
    const running = run(machine, {}, { [WORK]: handler }, { signal: stop.signal });
    await started;
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
        Arguments: { error: 'E' },
        Retry: [{ ErrorEquals: ['E'], IntervalSeconds: 60 }],
      },
    ],
    ['a Map', { Type: 'Map', Items: [1], ItemProcessor: branchOf({ I: { Type: 'Wait', Seconds: 60, End: true } }) }],
  ])('during %s', async (_, state) => {
    const stop = new AbortController();
    // As the real one, this pause lasts until the signal fires.
    const delay = (milliseconds: number, signal: AbortSignal): Promise<void> => {
      queueMicrotask(() => {
        stop.abort();
      });
      return pause(milliseconds, signal);
    };
    const { result } = await run(single(state), {}, {}, { signal: stop.signal, delay });
    expect(result).toEqual({ status: 'ABORTED', error: '', cause: '' });
  });

  test('before the start', async () => {
    const { result, events } = await run(single({ Type: 'Pass' }), {}, {}, { signal: AbortSignal.abort() });
    expect(result.status).toBe('ABORTED');
    expect(types(events)).toEqual(['ExecutionStarted', 'ExecutionAborted']);
  });

  test('a failing iteration fires the signals of the others and leaves their traces', async () => {
    const { handler, signals, started } = hanging();
    const failing: TaskHandler = async (item, task) => {
      if (item === 'slow') return handler(item, task);
      await started;
      throw new TaskError('E', '');
    };
    const machine = machineOf({
      M: {
        Type: 'Map',
        Items: ['slow', 'bad'],
        ItemProcessor: branchOf({
          I: { Type: 'Task', Resource: WORK, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'J' }], Next: 'J' },
          J: { Type: 'Succeed' },
        }),
        Catch: [{ ErrorEquals: ['E'], Next: 'T' }],
        End: true,
      },
      T: { Type: 'Succeed' },
    });
    const { result, events } = await run(machine, {}, { [WORK]: failing });
    expect(result).toEqual({ status: 'SUCCEEDED', output: { Error: 'E', Cause: '' } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    for (const type of ['TaskStateAborted', 'MapIterationAborted']) {
      expect(events.find((event) => event.type === type)?.path).toEqual(['M[0]']);
    }
    expect(types(events).slice(-5)).toEqual([
      'MapStateFailed',
      'MapStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
  });
});
