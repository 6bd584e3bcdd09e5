import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand, StartQueryCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type AwsServer, startAwsServer } from '../../../../local/aws/aws-server';
import { LogsService } from '../../../../local/aws/cloudwatch-logs/logs-service';

const folder = mkdtempSync(join(tmpdir(), 'logs-'));
let server: AwsServer;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  for (const [job, host, text] of [
    ['job', 'algo-2', 'c\n'],
    ['job', 'algo-1', 'a\nb\n'],
    ['job-2', 'algo-1', 'd\n'],
  ] as const) {
    mkdirSync(join(folder, job), { recursive: true });
    writeFileSync(join(folder, job, `${host}.log`), text);
  }
  writeFileSync(join(folder, 'job', 'job.json'), '{}');
  server = await startAwsServer({ logs: new LogsService({ jobs: folder, none: join(folder, 'none') }) });
  logs = new CloudWatchLogsClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
});
afterAll(() => server.close());

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
  expect((await logs.send(new FilterLogEventsCommand({ logGroupName: 'none' }))).events).toEqual([]);
});

test.each([
  [new FilterLogEventsCommand({ logGroupName: 'other' }), 'ResourceNotFoundException'],
  [new FilterLogEventsCommand({ logGroupName: 'jobs', filterPattern: 'x' }), 'InvalidParameterException'],
  [new FilterLogEventsCommand({ logGroupName: 'jobs', nextToken: 'x' }), 'InvalidParameterException'],
  [new StartQueryCommand({ queryString: 'x', startTime: 0, endTime: 1 }), 'UnknownOperationException'],
])('what it does not have is refused %#', async (command, name) => {
  await expect(logs.send(command as FilterLogEventsCommand)).rejects.toMatchObject({ name });
});
