import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListActivitiesCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type AwsServer, startAwsServer } from '../../../../local/aws/aws-server';
import type { Provisioned, ResolvedResource } from '../../../../local/aws/cloudformation/provider';
import { StepFunctionsService } from '../../../../local/aws/step-functions/api';
import { type TaskHandler, UnsupportedDefinition } from '../../../../local/aws/step-functions/state-machine';
import { StateMachines } from '../../../../local/aws/step-functions/state-machines';
import { ECHO, hanging, machineOf, single, WORK } from './harness';

const { handler, signals, started } = hanging();
/** Ends the tasks that take their time, in the order in which they began. */
const slow: (() => void)[] = [];
const SLOW = 'arn:aws:states:::test:slow';
const handlers: Readonly<Record<string, TaskHandler>> = {
  [WORK]: handler,
  [ECHO]: (given) => Promise.resolve(given),
  [SLOW]: () =>
    new Promise((resolve) => {
      slow.push(() => {
        resolve({});
      });
    }),
};
const stateMachines = new StateMachines({ resolveTask: (resource) => handlers[resource] });

const resource = (logicalId: string, definition: object, more: object = {}): ResolvedResource => ({
  stackName: 'Stack',
  stackId: 'arn:stack',
  logicalId,
  type: 'AWS::StepFunctions::StateMachine',
  properties: { DefinitionString: JSON.stringify(definition), RoleArn: 'arn:role', ...more },
});
const echo = resource('Echo', single({ Type: 'Task', Resource: ECHO }));

let server: AwsServer;
let states: SFNClient;
let echoing: Provisioned;
let hangs: Provisioned;

beforeAll(async () => {
  server = await startAwsServer({ states: new StepFunctionsService(stateMachines) });
  states = new SFNClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  echoing = await stateMachines.create(echo);
  hangs = await stateMachines.create(resource('Hangs', single({ Type: 'Task', Resource: WORK })));
});
afterAll(async () => {
  await stateMachines.stop();
  await server.close();
});

/** Starts an execution of the echo and waits until it has ended. */
async function finish(request: { readonly name?: string; readonly input?: string } = {}): Promise<string> {
  const { executionArn = '' } = await states.send(
    new StartExecutionCommand({ stateMachineArn: echoing.physicalId, ...request }),
  );
  await stateMachines.execution(executionArn).end;
  return executionArn;
}

describe('StartExecution', () => {
  test('runs an execution, which DescribeExecution tells of', async () => {
    const executionArn = await finish({ name: 'Größe-1.2_(a)', input: ' {"a": 1} ' });
    expect(executionArn).toBe('arn:aws:states:us-east-1:000000000000:execution:Stack-Echo:Größe-1.2_(a)');
    expect(await states.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      executionArn,
      stateMachineArn: echoing.physicalId,
      name: 'Größe-1.2_(a)',
      status: 'SUCCEEDED',
      input: '{"a":1}',
      output: '{"a":1}',
      startDate: expect.any(Date) as Date,
      stopDate: expect.any(Date) as Date,
    });
  });

  test('gives an execution without name one of its own, and an empty object as its input', async () => {
    const executionArn = await finish();
    expect(executionArn).not.toBe(await finish());
    expect(await states.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ input: '{}' });
  });

  test.each([
    'a b',
    'a<b',
    'a{',
    'a]',
    'a?',
    'a*',
    'a"',
    'a#',
    'a%',
    'a\\',
    'a^',
    'a|',
    'a~',
    'a`',
    'a$',
    'a&',
    'a,',
    'a;',
    'a:b',
    'a/b',
    'a\u0007',
    'a\u0085',
    'a\uFFFE',
  ])('refuses the name %j', async (name) => {
    const start = states.send(new StartExecutionCommand({ stateMachineArn: echoing.physicalId, name }));
    await expect(start).rejects.toMatchObject({ name: 'InvalidName', message: `Invalid Name: '${name}'` });
  });

  test('takes names of 1 to 80 characters', async () => {
    await finish({ name: 'n'.repeat(80) });
    for (const name of ['', 'n'.repeat(81)]) {
      await expect(finish({ name })).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(/^name: /) as string,
      });
    }
  });

  test('takes 256 KiB of input, counted in bytes', async () => {
    await finish({ input: JSON.stringify('x'.repeat(262_142)) });
    for (const text of ['x'.repeat(262_143), 'ä'.repeat(131_072)]) {
      await expect(finish({ input: JSON.stringify(text) })).rejects.toMatchObject({
        name: 'ValidationException',
        message: 'input: must be at most 262144 bytes of UTF-8',
      });
    }
  });

  test('refuses input that is not JSON', async () => {
    await expect(finish({ input: '{' })).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  });

  test('refuses a state machine that is not there', async () => {
    const start = states.send(new StartExecutionCommand({ stateMachineArn: 'arn:none' }));
    await expect(start).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });

  test('answers the running execution of the same name and input, and no other', async () => {
    const start = (input: string) =>
      states.send(new StartExecutionCommand({ stateMachineArn: hangs.physicalId, name: 'once', input }));
    const first = await start('{"a":1}');
    const second = await start('{"a":1}');
    expect([second.executionArn, second.startDate]).toEqual([first.executionArn, first.startDate]);
    await expect(start('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await started;
    expect(signals).toHaveLength(1);

    await states.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    await expect(start('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });
});

test('ListExecutions answers page by page, the newest first', async () => {
  const { physicalId: stateMachineArn } = await stateMachines.create({ ...echo, logicalId: 'Paged' });
  const names = ['one', 'two', 'three'];
  for (const name of names) await states.send(new StartExecutionCommand({ stateMachineArn, name }));
  const first = await states.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2 }));
  expect(first.executions?.map(({ name }) => name)).toEqual(['three', 'two']);
  const { nextToken } = first;
  const last = await states.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2, nextToken }));
  expect(last.executions?.map(({ name }) => name)).toEqual(['one']);
  expect(last.nextToken).toBeUndefined();
});

describe('StopExecution', () => {
  test('fires the signal of the task, and its error and cause are the execution’s', async () => {
    const request = new StartExecutionCommand({ stateMachineArn: hangs.physicalId });
    const { executionArn } = await states.send(request);
    expect(await states.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'RUNNING' });
    const { stopDate } = await states.send(new StopExecutionCommand({ executionArn, error: 'E', cause: 'C' }));
    expect(await states.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'ABORTED',
      error: 'E',
      cause: 'C',
      stopDate,
    });
    // Once more changes nothing.
    expect((await states.send(new StopExecutionCommand({ executionArn }))).stopDate).toEqual(stopDate);
  });

  test('refuses an execution that is not there', async () => {
    const stop = states.send(new StopExecutionCommand({ executionArn: 'arn:none' }));
    await expect(stop).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});

describe('GetExecutionHistory', () => {
  test('pages through the events, in either order', async () => {
    const executionArn = await finish();
    const ids = async (
      request: object,
    ): Promise<[ids: (number | undefined)[] | undefined, next: string | undefined]> => {
      const { events, nextToken } = await states.send(new GetExecutionHistoryCommand({ executionArn, ...request }));
      return [events?.map(({ id }) => id), nextToken];
    };
    expect(await ids({})).toEqual([[1, 2, 3, 4, 5, 6, 7], undefined]);
    expect(await ids({ maxResults: 0 })).toEqual([[1, 2, 3, 4, 5, 6, 7], undefined]);
    const [page, nextToken] = await ids({ maxResults: 4, reverseOrder: true });
    expect(page).toEqual([7, 6, 5, 4]);
    expect(await ids({ maxResults: 4, reverseOrder: true, nextToken })).toEqual([[3, 2, 1], undefined]);
    await expect(ids({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidToken' });
    for (const maxResults of [-1, 1001, 1.5]) {
      await expect(ids({ maxResults })).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(/^maxResults: /) as string,
      });
    }
  });
});

test('ListExecutions lists the executions of one state machine, the newest first, and those of one status alone', async () => {
  const ended = await finish({ name: 'listed' });
  const { executionArn: running } = await states.send(
    new StartExecutionCommand({ stateMachineArn: hangs.physicalId, name: 'listed-too' }),
  );
  const list = async (stateMachineArn: string, statusFilter?: 'RUNNING' | 'SUCCEEDED'): Promise<unknown[]> => {
    const { executions = [] } = await states.send(new ListExecutionsCommand({ stateMachineArn, statusFilter }));
    return executions.map(({ executionArn }) => executionArn);
  };
  expect((await list(echoing.physicalId))[0]).toBe(ended);
  expect(await list(echoing.physicalId)).not.toContain(running);
  expect(await list(echoing.physicalId, 'RUNNING')).not.toContain(ended);
  expect((await list(hangs.physicalId, 'RUNNING'))[0]).toBe(running);
  await states.send(new StopExecutionCommand({ executionArn: running }));
  expect(await list(hangs.physicalId, 'RUNNING')).not.toContain(running);
  await expect(list('arn:unknown')).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});

test('ListExecutions pages what is of the status alone', async () => {
  const machine = machineOf({
    S: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.ends %}', Next: 'End' }], Default: 'Hang' },
    End: { Type: 'Succeed' },
    Hang: { Type: 'Task', Resource: WORK, End: true },
  });
  const { physicalId: stateMachineArn } = await stateMachines.create(resource('Paged', machine));
  const started = [false, true, false, false].map((ends) => stateMachines.start(stateMachineArn, { ends }));
  await started[1]?.end;
  const page = async (nextToken?: string): Promise<[(string | undefined)[] | undefined, string | undefined]> => {
    const answer = await states.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 2, nextToken }),
    );
    return [answer.executions?.map(({ executionArn }) => executionArn), answer.nextToken];
  };
  const [newest, next] = await page();
  expect(newest).toEqual([started[3]?.executionArn, started[2]?.executionArn]);
  expect(await page(next)).toEqual([[started[0]?.executionArn], undefined]);
});

test('an operation that is not carried out is refused by name', async () => {
  await expect(states.send(new ListActivitiesCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringContaining('no operation ListActivities; it has StartExecution') as string,
  });
});

test.each([
  ['traceHeader', new StartExecutionCommand({ stateMachineArn: 'arn', traceHeader: 'x' })],
  ['includeExecutionData', new GetExecutionHistoryCommand({ executionArn: 'arn', includeExecutionData: false })],
  ['includedData', new DescribeExecutionCommand({ executionArn: 'arn', includedData: 'METADATA_ONLY' })],
])('a field that is not carried out is refused by name: %s', async (field, command) => {
  await expect(states.send(command as StartExecutionCommand)).rejects.toMatchObject({
    name: 'ValidationException',
    message: `${field}: this field is not implemented`,
  });
});

describe('the resource', () => {
  test('with a definition that cannot run here is refused', async () => {
    await expect(stateMachines.create(resource('X', machineOf({ S: { Type: 'Parallel' } })))).rejects.toThrow(
      UnsupportedDefinition,
    );
  });

  test('without a definition is refused by name', async () => {
    const create = stateMachines.create({ ...echo, properties: {} });
    await expect(create).rejects.toThrow('DefinitionString');
  });

  test('takes a new definition, and a new name with a new resource', async () => {
    const machine = (a: number): object => single({ Type: 'Succeed', Output: { a } });
    const before = await stateMachines.create(resource('New', machine(1)));
    const output = async ({ physicalId }: Provisioned): Promise<unknown> => {
      const result = await stateMachines.start(physicalId, {}).end;
      return result.status === 'SUCCEEDED' ? result.output : result;
    };
    expect(await output(before)).toEqual({ a: 1 });
    expect(await stateMachines.update(resource('New', machine(2)), before)).toEqual(before);
    expect(await output(before)).toEqual({ a: 2 });
    const named = await stateMachines.update(resource('New', machine(3), { StateMachineName: 'named' }), before);
    expect(named.physicalId).toBe('arn:aws:states:us-east-1:000000000000:stateMachine:named');
    expect(await output(named)).toEqual({ a: 3 });
  });

  test('is deleted when its executions have ended, at their next transition or because they are stopped', async () => {
    const machine = machineOf({
      Slow: { Type: 'Task', Resource: SLOW, Next: 'Next' },
      Next: { Type: 'Task', Resource: WORK, End: true },
    });
    const definition = resource('Deleted', machine);
    const current = await stateMachines.create(definition);
    const [moved, stopped] = [1, 2].map((number) => stateMachines.start(current.physicalId, { number }));
    await new Promise(setImmediate);
    let isDeleted = false;
    const deleted = stateMachines.delete(definition, current).then(() => {
      isDeleted = true;
    });
    expect(() => stateMachines.start(current.physicalId, {})).toThrow('State Machine is Being Deleted');
    const [lasting] = slow.splice(0);
    lasting?.();
    expect(await moved?.end).toEqual({ status: 'ABORTED', error: '', cause: '' });
    // The other one's task goes on, and so the state machine is still there.
    expect(isDeleted).toBe(false);
    const { executions } = await states.send(
      new ListExecutionsCommand({ stateMachineArn: current.physicalId, statusFilter: 'RUNNING' }),
    );
    expect(executions?.map(({ executionArn }) => executionArn)).toEqual([stopped?.executionArn]);
    await states.send(new StopExecutionCommand({ executionArn: stopped?.executionArn }));
    await deleted;
    expect(await stopped?.end).toMatchObject({ status: 'ABORTED' });
    expect(() => stateMachines.start(current.physicalId, {})).toThrow('State Machine Does Not Exist');
  });
});
