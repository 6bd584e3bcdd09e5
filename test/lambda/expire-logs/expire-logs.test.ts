import { randomUUID } from 'node:crypto';
import { CloudFormationClient, DescribeStacksCommand, type StackStatus } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type LogGroup,
  type LogStream,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { ScheduledEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/expire-logs/index';

const TRAINING = '/aws/sagemaker/TrainingJobs';
const PROCESSING = '/aws/sagemaker/ProcessingJobs';
const ENDPOINTS = '/aws/sagemaker/Endpoints/';
const DAY = 86_400_000;
const NOW = Date.UTC(2026, 7, 1);

const OWN_STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/cola-dev-storage/1';

const cloudFormation = mockClient(CloudFormationClient);
const logs = mockClient(CloudWatchLogsClient);
const gone = Object.assign(new Error('The specified log group does not exist.'), { name: 'ResourceNotFoundException' });
const daily = () => handler({ 'detail-type': 'Scheduled Event' } as ScheduledEvent);

let log: jest.SpiedFunction<typeof console.log>;
beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
  log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  logs.reset();
  logs.on(DescribeLogStreamsCommand).rejects(gone);
  logs.on(DescribeLogGroupsCommand).resolves({});
  logs.on(DeleteLogStreamCommand).resolves({});
  logs.on(DeleteLogGroupCommand).resolves({});
  logs.on(PutRetentionPolicyCommand).resolves({});
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** The stream of a job, whose last line is of so many days ago; of no line, that it is. */
function stream(prefix: string, days: number, hasLines = true): LogStream {
  return {
    logStreamName: `${prefix}-${randomUUID()}/algo-1-1700000000`,
    creationTime: NOW - (hasLines ? 1000 : days) * DAY,
    lastEventTimestamp: hasLines ? NOW - days * DAY : undefined,
  };
}

function has(logGroupName: string, ...pages: readonly LogStream[][]): void {
  pages.forEach((logStreams, index) => {
    const asked = { logGroupName, logStreamNamePrefix: 'cola-dev-' };
    logs
      .on(DescribeLogStreamsCommand, index === 0 ? asked : { ...asked, nextToken: String(index) })
      .resolves({ logStreams, nextToken: index + 1 < pages.length ? String(index + 1) : undefined });
  });
}

type Group = readonly [kind: string, retentionInDays?: number];

/** Groups of the applications cola-dev-ml and cola-dev-ml-x, and of an endpoint by somebody. */
const THEIRS: readonly Group[] = [
  ['ml-instance'],
  ['ml-serverless'],
  ['ml-ml-m5-large'],
  ['ml-x-instance'],
  ['ml-x-serverless'],
  ['ml-x-ml-m5-large'],
  ['ml-m5-large-of-mine'],
];

function groupOf(kind: string): string {
  return `${ENDPOINTS}cola-dev-${kind}`;
}

function hasGroups(first: readonly Group[], second: readonly Group[]): void {
  const page = (groups: readonly Group[]): LogGroup[] =>
    groups.map(([kind, retentionInDays]) => ({ logGroupName: groupOf(kind), retentionInDays }));
  logs.on(DescribeLogGroupsCommand).resolves({ logGroups: page(first), nextToken: 'more' });
  logs.on(DescribeLogGroupsCommand, { nextToken: 'more' }).resolves({ logGroups: page(second) });
}

const deletedStreams = () => logs.commandCalls(DeleteLogStreamCommand).map(({ args }) => args[0].input);
const deletedGroups = () => logs.commandCalls(DeleteLogGroupCommand).map(({ args }) => args[0].input.logGroupName);
const retained = () => logs.commandCalls(PutRetentionPolicyCommand).map(({ args }) => args[0].input);

describe('every day', () => {
  it('deletes of all pages of both groups what has had no line for the days that logs are kept', async () => {
    const [trained, alsoTrained, processed] = [
      stream('cola-dev', 31),
      stream('cola-dev', 30.01),
      stream('cola-dev', 99),
    ];
    has(TRAINING, [trained, stream('cola-dev', 29.99)], [stream('cola-dev', 0), alsoTrained]);
    has(PROCESSING, [processed]);
    await expect(daily()).resolves.toEqual({ jobStreams: 3, endpointGroups: 0 });
    expect(deletedStreams()).toEqual([
      { logGroupName: TRAINING, logStreamName: trained.logStreamName },
      { logGroupName: TRAINING, logStreamName: alsoTrained.logStreamName },
      { logGroupName: PROCESSING, logStreamName: processed.logStreamName },
    ]);
    const jobStreams = [trained, alsoTrained, processed].map(({ logStreamName }) => logStreamName);
    expect(log.mock.calls).toEqual([[JSON.stringify({ expired: { jobStreams, endpointGroups: [] } })]]);
  });

  it('takes the age of a stream without a line from when it was made', async () => {
    const old = stream('cola-dev', 31, false);
    has(TRAINING, [old, stream('cola-dev', 1, false)]);
    await daily();
    expect(deletedStreams()).toEqual([{ logGroupName: TRAINING, logStreamName: old.logStreamName }]);
  });

  it.each([
    ['cola-dev-2', stream('cola-dev-2', 99)],
    ['cola-dev-b', stream('cola-dev-b', 99)],
    ['cola-dev-0123abcd', stream('cola-dev-0123abcd', 99)],
    ['no job of an execution', { logStreamName: 'cola-dev-by-hand/algo-1', lastEventTimestamp: 0 }],
  ])('leaves the streams of %s', async (_, theirs) => {
    has(TRAINING, [theirs]);
    await daily();
    expect(deletedStreams()).toEqual([]);
  });

  it('lists groups and streams by what their names begin with, and no others', async () => {
    await daily();
    const [first, second] = logs.commandCalls(DescribeLogStreamsCommand).map(({ args }) => args[0].input);
    expect(first).toMatchObject({ logGroupName: TRAINING, logStreamNamePrefix: 'cola-dev-' });
    expect(second).toMatchObject({ logGroupName: PROCESSING, logStreamNamePrefix: 'cola-dev-' });
    const [groups] = logs.commandCalls(DescribeLogGroupsCommand).map(({ args }) => args[0].input);
    expect(groups).toMatchObject({ logGroupNamePrefix: `${ENDPOINTS}cola-dev-ml-` });
  });

  it('takes a stream that somebody else has deleted meanwhile for deleted, and no other error', async () => {
    const streams = [stream('cola-dev', 99), stream('cola-dev', 99)];
    has(TRAINING, streams);
    logs.on(DeleteLogStreamCommand, { logStreamName: streams[0]?.logStreamName }).rejects(gone);
    await daily();
    expect(deletedStreams()).toHaveLength(2);
    logs.on(DeleteLogStreamCommand).rejects(new Error('not authorized'));
    await expect(daily()).rejects.toThrow('not authorized');
    logs.on(DescribeLogStreamsCommand).rejects(new Error('no network'));
    await expect(daily()).rejects.toThrow('no network');
  });

  it('gives the groups of endpoints that scale a retention, where it is another', async () => {
    hasGroups([['ml-m5-large'], ['ml-g5-12xlarge', 7]], [['ml-c7i-xlarge', 30], ['ml-p6-b200-48xlarge'], ...THEIRS]);
    const endpointGroups = ['ml-m5-large', 'ml-g5-12xlarge', 'ml-p6-b200-48xlarge'].map(groupOf);
    await expect(daily()).resolves.toEqual({ jobStreams: 0, endpointGroups: 3 });
    expect(retained()).toEqual(endpointGroups.map((logGroupName) => ({ logGroupName, retentionInDays: 30 })));
    expect(deletedGroups()).toEqual([]);
  });
});

describe('as a custom resource', () => {
  const ask = async (
    RequestType: 'Create' | 'Update' | 'Delete',
    StackStatus: StackStatus = 'DELETE_IN_PROGRESS',
  ): Promise<unknown> => {
    const stack = { StackName: 'cola-dev-storage', CreationTime: new Date(NOW), StackStatus };
    cloudFormation.reset();
    cloudFormation.on(DescribeStacksCommand, { StackName: OWN_STACK }).resolves({ Stacks: [stack] });
    const put = jest.spyOn(globalThis, 'fetch').mockResolvedValue(new Response());
    const ids = { StackId: OWN_STACK, RequestId: 'request', LogicalResourceId: 'AtDestroy' };
    await handler({ ...ids, RequestType, ResponseURL: 'https://answer', PhysicalResourceId: 'AtDestroy' });
    expect(put).toHaveBeenCalledTimes(1);
    return JSON.parse(put.mock.calls[0]?.[1]?.body as string);
  };

  it.each(['Create', 'Update'] as const)('%s does nothing', async (type) => {
    await expect(ask(type)).resolves.toMatchObject({ Status: 'SUCCESS' });
    expect(logs.calls()).toHaveLength(0);
  });

  // An operation that made it is rolled back, or the template has it no more.
  it.each([
    'ROLLBACK_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  ] as const)('Delete does nothing in %s', async (status) => {
    has(TRAINING, [stream('cola-dev', 99)]);
    await expect(ask('Delete', status)).resolves.toMatchObject({ Status: 'SUCCESS' });
    expect(logs.calls()).toHaveLength(0);
  });

  it('Delete deletes what is ours, of whatever age', async () => {
    const [trained, processed] = [stream('cola-dev', 0), stream('cola-dev', 99)];
    has(TRAINING, [trained, stream('cola-dev-2', 99)]);
    has(PROCESSING, [processed]);
    hasGroups([['ml-m5-large']], [['ml-c7i-xlarge', 30], ...THEIRS]);
    logs.on(DeleteLogGroupCommand, { logGroupName: groupOf('ml-m5-large') }).rejects(gone);
    await expect(ask('Delete')).resolves.toMatchObject({ Status: 'SUCCESS' });
    expect(deletedStreams().map(({ logStreamName }) => logStreamName)).toEqual(
      [trained, processed].map(({ logStreamName }) => logStreamName),
    );
    expect(deletedGroups()).toEqual(['ml-m5-large', 'ml-c7i-xlarge'].map(groupOf));
    expect(retained()).toEqual([]);
  });

  it('Delete is through where there never was a log', async () => {
    await expect(ask('Delete')).resolves.toMatchObject({ Status: 'SUCCESS' });
  });

  it('what cannot be deleted is an answer with its reason', async () => {
    has(TRAINING, [stream('cola-dev', 0)]);
    logs.on(DeleteLogStreamCommand).rejects(new Error('not authorized'));
    await expect(ask('Delete')).resolves.toMatchObject({ Status: 'FAILED', Reason: 'Error: not authorized' });
  });
});
