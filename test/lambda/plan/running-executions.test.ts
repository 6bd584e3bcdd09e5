import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { refuseSecondExecution } from '../../../lambda/plan/running-executions';

const STATE_MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:cola-dev-pipeline';
const START = '2026-01-01T12:00:00.500Z';
const stepFunctions = mockClient(SFNClient);

beforeEach(() => {
  stepFunctions.reset();
});

/** Executions that Step Functions lists, each with its start and its input. */
function running(executions: Readonly<Record<string, readonly [start: string, input: object]>>): void {
  stepFunctions.on(ListExecutionsCommand, { stateMachineArn: STATE_MACHINE, statusFilter: 'RUNNING' }).resolves({
    executions: Object.entries(executions).map(([name, [start]]) => ({
      ...{ name, executionArn: `arn:${name}`, stateMachineArn: STATE_MACHINE, status: 'RUNNING' as const },
      startDate: new Date(start),
    })),
  });
  for (const [name, [, input]] of Object.entries(executions)) {
    stepFunctions
      .on(DescribeExecutionCommand, { executionArn: `arn:${name}` })
      .resolves({ input: JSON.stringify(input), status: 'RUNNING' });
  }
}

const refuse = (): Promise<void> =>
  refuseSecondExecution({ executionArn: 'arn:mine', startTime: START }, STATE_MACHINE, new SFNClient());

test.each([
  ['one that was started before and trains', '2026-01-01T11:00:00.000Z', {}],
  ['one that deploys', '2026-01-01T11:00:00.000Z', { modelDataUrl: 's3://bucket/model.tar.gz' }],
  ['one of the same moment whose ARN comes first', START, {}],
  ['one that brings the last model back', '2026-01-01T11:00:00.000Z', { endpoint: 'bring-back' }],
])('refuses beside %s, and names it', async (_, start, input) => {
  running({ first: [start, input], mine: [START, {}] });
  await expect(refuse()).rejects.toMatchObject({
    name: 'AnotherExecutionRunning',
    message: expect.stringContaining('the execution first has been running since 2026') as string,
  });
});

test.each([
  ['itself', {}],
  ['one that was started later', { later: ['2026-01-01T12:00:01.000Z', {}] as const }],
  ['one of the same moment whose ARN comes later', { other: [START, {}] as const }],
  ['one that takes the endpoint down', { first: ['2026-01-01T11:00:00.000Z', { endpoint: 'take-down' }] as const }],
])('goes on beside %s', async (_, others) => {
  running({ mine: [START, {}], ...others });
  await expect(refuse()).resolves.toBeUndefined();
});
