import { CloudFormationClient, DescribeStacksCommand, type StackStatus } from '@aws-sdk/client-cloudformation';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/stop-executions/index';

jest.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

const STATE_MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:cola-dev-pipeline';
const OWN_STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/cola-dev-training/1';
const MINUTE = 60_000;

const cloudFormation = mockClient(CloudFormationClient);
const stepFunctions = mockClient(SFNClient);

beforeEach(() => {
  stepFunctions.reset();
  stepFunctions.on(StopExecutionCommand).resolves({});
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** What CloudFormation is told. */
async function ask(
  RequestType: 'Create' | 'Update' | 'Delete',
  StackStatus: StackStatus = 'DELETE_IN_PROGRESS',
  getRemainingTimeInMillis = () => 15 * MINUTE,
): Promise<unknown> {
  const stack = { StackName: 'cola-dev-training', CreationTime: new Date(), StackStatus };
  cloudFormation.reset();
  cloudFormation.on(DescribeStacksCommand, { StackName: OWN_STACK }).resolves({ Stacks: [stack] });
  const put = jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response());
  const ids = { StackId: OWN_STACK, RequestId: 'request', LogicalResourceId: 'AtDestroy' };
  await handler({ ...ids, RequestType, ResponseURL: 'https://answer' }, { getRemainingTimeInMillis });
  return JSON.parse(put.mock.calls[0]?.[1]?.body as string);
}

/** What Step Functions lists, one time after the other, each in pages; at last, nothing. */
function lists(...times: readonly (readonly (readonly string[])[])[]): void {
  const asked = { stateMachineArn: STATE_MACHINE, statusFilter: 'RUNNING' as const };
  const answers = stepFunctions.on(ListExecutionsCommand, asked);
  for (const page of times.flatMap((pages) =>
    pages.map((names, place) => ({ names, isLast: place + 1 === pages.length })),
  )) {
    answers.resolvesOnce({
      executions: page.names.map((name) => ({
        ...{ name, executionArn: `arn:${name}`, stateMachineArn: STATE_MACHINE },
        ...{ status: 'RUNNING' as const, startDate: new Date() },
      })),
      nextToken: page.isLast ? undefined : 'more',
    });
  }
  answers.resolves({ executions: [] });
}

const stopped = () => stepFunctions.commandCalls(StopExecutionCommand).map(({ args }) => args[0].input.executionArn);

it('stops all that run, on every page, with a reason', async () => {
  lists([['first', 'second'], ['third']]);
  await expect(ask('Delete')).resolves.toMatchObject({ Status: 'SUCCESS' });
  expect(stopped()).toEqual(['arn:first', 'arn:second', 'arn:third']);
  expect(stepFunctions.commandCalls(StopExecutionCommand)[0]?.args[0].input).toMatchObject({
    error: 'StackDeleted',
    cause: expect.stringContaining('stack of its state machine is deleted') as string,
  });
});

it('answers when none runs any more, those included that were started meanwhile', async () => {
  lists([['first']], [['first', 'late']], [['late']]);
  await expect(ask('Delete')).resolves.toMatchObject({ Status: 'SUCCESS' });
  expect(stopped()).toEqual(['arn:first', 'arn:first', 'arn:late', 'arn:late']);
  expect(stepFunctions.commandCalls(ListExecutionsCommand)).toHaveLength(4);
});

it('answers that some still run before its own time is over', async () => {
  lists(...Array.from({ length: 9 }, () => [['first', 'second']]));
  const left = [15 * MINUTE, MINUTE, 20_000];
  await expect(ask('Delete', 'DELETE_IN_PROGRESS', () => left.shift() ?? 0)).resolves.toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(
      /^Error: 2 executions of \S+ still run .* arn:first .* delete the stack again/,
    ) as string,
  });
  expect(stopped()).toHaveLength(4);
});

it('answers with the reason why one cannot be stopped', async () => {
  lists([['first']]);
  stepFunctions.on(StopExecutionCommand).rejects(new Error('not authorized'));
  await expect(ask('Delete')).resolves.toMatchObject({ Status: 'FAILED', Reason: 'Error: not authorized' });
});

it.each([
  ['Create', 'CREATE_IN_PROGRESS'],
  ['Update', 'UPDATE_IN_PROGRESS'],
  ['Delete', 'ROLLBACK_IN_PROGRESS'],
  ['Delete', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'],
  ['Delete', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'],
] as const)('%s stops nothing in %s', async (type, status) => {
  lists([['first']]);
  await expect(ask(type, status)).resolves.toMatchObject({ Status: 'SUCCESS' });
  expect(stepFunctions.calls()).toHaveLength(0);
});
