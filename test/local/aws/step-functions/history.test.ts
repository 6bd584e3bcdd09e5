import { type HistoryEvent, TaskError, type TaskHandler } from '../../../../local/aws/step-functions/state-machine';
import { branchOf, FAIL, machineOf, run, single, types, WORK } from './harness';

describe('history', () => {
  test('of a task that is caught', async () => {
    const machine = machineOf({
      S: { Type: 'Task', Resource: FAIL, TimeoutSeconds: 9, Catch: [{ ErrorEquals: ['E'], Next: 'T' }], End: true },
      T: { Type: 'Pass', Assign: { a: { b: 1 } }, Output: '{% 1 %}', End: true },
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
      event(8, 7, 'PassStateExited', {
        stateExitedEventDetails: {
          name: 'T',
          output: '1',
          outputDetails: whole,
          assignedVariables: { a: '{"b":1}' },
          assignedVariablesDetails: whole,
        },
      }),
      event(9, 8, 'ExecutionSucceeded', {
        executionSucceededEventDetails: { output: '1', outputDetails: whole },
      }),
    ]);
  });

  test('of iterations: a path, and a chain of its own', async () => {
    const M = {
      Type: 'Map',
      ItemProcessor: branchOf({ I: { Type: 'Task', Resource: WORK, End: true } }),
      End: true,
    };
    const machine = single({ Type: 'Map', ItemProcessor: branchOf({ M }) });
    const { events } = await run(machine, [[7]], { [WORK]: () => Promise.resolve(8) });
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
      'MapIterationStarted',
      'MapStateStarted',
      'MapStateEntered',
    ]);
    expect(types(events).slice(-5)).toEqual([
      'MapStateExited',
      'MapIterationSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('of an expression that fails', async () => {
    const { events } = await run(single({ Type: 'Pass', Output: { a: '{% $states.input.no %}' } }));
    expect(types(events)).toEqual(['ExecutionStarted', 'PassStateEntered', 'EvaluationFailed', 'ExecutionFailed']);
    const cause =
      "The JSONata expression '$states.input.no' specified for the field 'Output/a' returned nothing (undefined).";
    expect(events[2]?.evaluationFailedEventDetails).toEqual({
      error: 'States.QueryEvaluationError',
      cause,
      location: 'Output/a',
      state: 'S',
    });
    expect(events[3]?.executionFailedEventDetails).toEqual({
      error: 'States.QueryEvaluationError',
      cause: `An error occurred while executing the state 'S' (entered at the event id #2). ${cause}`,
    });
  });

  test.each([
    ['arn:aws:states:::lambda:invoke', { resourceType: 'lambda', resource: 'invoke' }],
    [
      'arn:aws:states:::sagemaker:createTrainingJob.sync',
      { resourceType: 'sagemaker', resource: 'createTrainingJob.sync' },
    ],
    ['arn:aws:states:::aws-sdk:s3:putObject', { resourceType: 'aws-sdk:s3', resource: 'putObject' }],
    ['arn:aws:states:::states:startExecution.sync:2', { resourceType: 'states', resource: 'startExecution.sync:2' }],
  ])('names the service of %s', async (Resource, service) => {
    const { events } = await run(single({ Type: 'Task', Resource }), {}, { [Resource]: () => Promise.resolve() });
    expect(events.find(({ type }) => type === 'TaskStarted')?.taskStartedEventDetails).toEqual(service);
  });

  const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:f';
  test.each<[string, TaskHandler, object]>([
    [
      'LambdaFunctionSucceeded',
      () => Promise.resolve(1),
      { lambdaFunctionSucceededEventDetails: { output: '1', outputDetails: { truncated: false } } },
    ],
    [
      'LambdaFunctionFailed',
      () => Promise.reject(new TaskError('E', 'C')),
      { lambdaFunctionFailedEventDetails: { error: 'E', cause: 'C' } },
    ],
    [
      'LambdaFunctionTimedOut',
      () => Promise.reject(new TaskError('States.Timeout', '')),
      { lambdaFunctionTimedOutEventDetails: { error: 'States.Timeout', cause: '' } },
    ],
  ])('of a task that names a Lambda function: %s', async (type, handler, details) => {
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
    const machine = machineOf({
      A: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'B' }], Default: 'A' },
      B: { Type: 'Succeed' },
    });
    const { result } = await run(machine);
    expect(result).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('25000') as string,
    });
  });
});
