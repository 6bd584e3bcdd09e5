import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type DescribeLogStreamsCommandInput,
  FilterLogEventsCommand,
  paginateDescribeLogStreams,
  PutRetentionPolicyCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { type AwsServer, startAwsServer } from '../../../../local/aws/aws-server';
import { LogsService } from '../../../../local/aws/cloudwatch-logs/logs-service';

let folder: string;
let server: AwsServer;
let logs: CloudWatchLogsClient;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
  write('jobs/job/algo-2.log', 'c\n', 3);
  write('jobs/job/algo-1.log', 'a\nb\n', 1);
  write('jobs/job-2/algo-1.log', 'd\n', 2);
  write('jobs/job/job.json', '{}', 0);
  write('servers/endpoint-b.log', 'e\n', 5);
  write('servers/endpoint-a.log', '', 4);
  mkdirSync(join(folder, 'none', 'job'), { recursive: true });
  server = await startAwsServer({
    logs: new LogsService({
      ofJobs: { jobs: join(folder, 'jobs'), none: join(folder, 'none'), never: join(folder, 'never') },
      ofServers: { '/endpoints/': join(folder, 'servers') },
    }),
  });
  logs = new CloudWatchLogsClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** A file that was changed so many seconds after 1970. */
function write(name: string, text: string, seconds: number): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  utimesSync(file, seconds, seconds);
}

const namesOf = async (request: DescribeLogStreamsCommandInput) =>
  (await logs.send(new DescribeLogStreamsCommand(request))).logStreams?.map(({ logStreamName }) => logStreamName);

test('FilterLogEvents answers the lines of the streams of a prefix, page by page', async () => {
  const wanted = { logGroupName: 'jobs', logStreamNamePrefix: 'job/', limit: 2 };
  const { events, nextToken } = await logs.send(new FilterLogEventsCommand(wanted));
  expect(events).toEqual([
    { logStreamName: 'job/algo-1', message: 'a' },
    { logStreamName: 'job/algo-1', message: 'b' },
  ]);
  const last = await logs.send(new FilterLogEventsCommand({ ...wanted, nextToken }));
  expect(last.events).toEqual([{ logStreamName: 'job/algo-2', message: 'c' }]);
  expect(last.nextToken).toBeUndefined();
  expect((await logs.send(new FilterLogEventsCommand({ logGroupName: 'jobs' }))).events).toHaveLength(4);
});

test('DescribeLogStreams answers the streams by name or by time, page by page, and when they were written to', async () => {
  const { logStreams } = await logs.send(
    new DescribeLogStreamsCommand({ logGroupName: 'jobs', logStreamNamePrefix: 'job-' }),
  );
  expect(logStreams).toEqual([
    {
      logStreamName: 'job-2/algo-1',
      arn: 'arn:aws:logs:us-east-1:000000000000:log-group:jobs:log-stream:job-2/algo-1',
      creationTime: 2000,
      lastEventTimestamp: 2000,
    },
  ]);
  const all = ['job-2/algo-1', 'job/algo-1', 'job/algo-2'];
  expect(await namesOf({ logGroupName: 'jobs' })).toEqual(all);
  expect(await namesOf({ logGroupName: 'jobs', descending: true })).toEqual(all.toReversed());
  expect(await namesOf({ logGroupName: 'jobs', orderBy: 'LastEventTime', descending: true })).toEqual([
    'job/algo-2',
    'job-2/algo-1',
    'job/algo-1',
  ]);
  const paged: unknown[] = [];
  for await (const page of paginateDescribeLogStreams({ client: logs, pageSize: 1 }, { logGroupName: 'jobs' })) {
    paged.push(page.logStreams?.map(({ logStreamName }) => logStreamName));
  }
  expect(paged).toEqual(all.map((name) => [name]));
});

test('a stream without a line has no time of its last one', async () => {
  const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName: '/endpoints/endpoint-a' }));
  expect(logStreams).toMatchObject([{ creationTime: 4000 }]);
  expect(logStreams?.[0]).not.toHaveProperty('lastEventTimestamp');
});

test('DeleteLogStream deletes its file alone, and a group is there while it has a stream', async () => {
  await logs.send(new DeleteLogStreamCommand({ logGroupName: 'jobs', logStreamName: 'job/algo-1' }));
  expect(await namesOf({ logGroupName: 'jobs' })).toEqual(['job-2/algo-1', 'job/algo-2']);
  expect(existsSync(join(folder, 'jobs', 'job', 'job.json'))).toBe(true);
  for (const logStreamName of ['job-2/algo-1', 'job/algo-2']) {
    await logs.send(new DeleteLogStreamCommand({ logGroupName: 'jobs', logStreamName }));
  }
  await expect(namesOf({ logGroupName: 'jobs' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('DescribeLogGroups answers the groups of a prefix, page by page, with the retention that PutRetentionPolicy gave', async () => {
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: '/endpoints/endpoint-b', retentionInDays: 7 }));
  const wanted = { logGroupNamePrefix: '/endpoints/', limit: 1 };
  const { logGroups, nextToken } = await logs.send(new DescribeLogGroupsCommand(wanted));
  expect(logGroups).toEqual([
    {
      logGroupName: '/endpoints/endpoint-a',
      arn: 'arn:aws:logs:us-east-1:000000000000:log-group:/endpoints/endpoint-a:*',
      logGroupArn: 'arn:aws:logs:us-east-1:000000000000:log-group:/endpoints/endpoint-a',
      creationTime: 4000,
    },
  ]);
  const last = await logs.send(new DescribeLogGroupsCommand({ ...wanted, nextToken }));
  expect(last).toMatchObject({ logGroups: [{ logGroupName: '/endpoints/endpoint-b', retentionInDays: 7 }] });
  expect(last.nextToken).toBeUndefined();
  expect((await logs.send(new DescribeLogGroupsCommand({}))).logGroups).toHaveLength(3);
});

test('DeleteLogGroup deletes the files of its streams, and its retention', async () => {
  const group = { logGroupName: '/endpoints/endpoint-b' };
  await logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 7 }));
  await logs.send(new DeleteLogGroupCommand(group));
  expect((await logs.send(new DescribeLogGroupsCommand({}))).logGroups).toHaveLength(2);
  write('servers/endpoint-b.log', 'again\n', 6);
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: group.logGroupName }));
  expect(logGroups?.[0]).not.toHaveProperty('retentionInDays');
});

const NO_JOBS = { logGroupName: 'never' };

test.each([
  [() => logs.send(new FilterLogEventsCommand({ logGroupName: 'other' })), 'ResourceNotFoundException'],
  [() => logs.send(new FilterLogEventsCommand({ logGroupName: 'none' })), 'ResourceNotFoundException'],
  [
    () => logs.send(new FilterLogEventsCommand({ logGroupName: 'jobs', filterPattern: 'x' })),
    'InvalidParameterException',
  ],
  [() => logs.send(new FilterLogEventsCommand({ logGroupName: 'jobs', nextToken: 'x' })), 'InvalidParameterException'],
  [() => logs.send(new DescribeLogStreamsCommand(NO_JOBS)), 'ResourceNotFoundException'],
  [() => logs.send(new DescribeLogStreamsCommand({ logGroupIdentifier: 'jobs' })), 'InvalidParameterException'],
  [() => logs.send(new DescribeLogStreamsCommand({ logGroupName: 'jobs', limit: 51 })), 'InvalidParameterException'],
  [
    () =>
      logs.send(
        new DescribeLogStreamsCommand({ logGroupName: 'jobs', logStreamNamePrefix: 'job', orderBy: 'LastEventTime' }),
      ),
    'InvalidParameterException',
  ],
  [() => logs.send(new DescribeLogGroupsCommand({ limit: 51 })), 'InvalidParameterException'],
  [() => logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'jobs' })), 'InvalidParameterException'],
  [
    () => logs.send(new DeleteLogStreamCommand({ ...NO_JOBS, logStreamName: 'job/algo-1' })),
    'ResourceNotFoundException',
  ],
  [
    () => logs.send(new DeleteLogStreamCommand({ logGroupName: 'jobs', logStreamName: 'job/algo-3' })),
    'ResourceNotFoundException',
  ],
  [
    () => logs.send(new DeleteLogStreamCommand({ logGroupName: 'jobs', logStreamName: 'job/*' })),
    'InvalidParameterException',
  ],
  [() => logs.send(new DeleteLogGroupCommand(NO_JOBS)), 'ResourceNotFoundException'],
  [() => logs.send(new PutRetentionPolicyCommand({ ...NO_JOBS, retentionInDays: 7 })), 'ResourceNotFoundException'],
  [
    () => logs.send(new PutRetentionPolicyCommand({ logGroupName: 'jobs', retentionInDays: 8 })),
    'InvalidParameterException',
  ],
  [() => logs.send(new StartQueryCommand({ queryString: 'x', startTime: 0, endTime: 1 })), 'UnknownOperationException'],
])('what it does not have is refused %#', async (ask, name) => {
  await expect(ask()).rejects.toMatchObject({ name });
});
