import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { retainEndpointGroups } from '../../../../lambda/expire-logs/endpoint-groups';
import { deleteJobStreams } from '../../../../lambda/expire-logs/job-streams';
import { credentials, region } from '../../../../local/aws/account';
import { Application } from './application';

/*
 * The logs of jobs and of endpoints that scale, which are in no group of any stack, expire and go with the stacks.
 */
jest.setTimeout(120_000);

const DAY = 86_400_000;

let application: Application;
beforeEach(async () => {
  application = await Application.open({}, 'refused');
});
afterEach(() => application.close());

/** A log as a job, or an endpoint, leaves it, so many days ago; answers its path. */
function log(days: number, ...path: readonly string[]): string {
  const file = join(application.folder, 'state', ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'a line\n');
  const then = (Date.now() - days * DAY) / 1000;
  utimesSync(file, then, then);
  return file;
}

const isThere = (file: string): boolean => existsSync(file);

it('those of this application go when it is destroyed, and nobody else’s', async () => {
  await application.deploy();
  const ours = [
    log(0, 'training', `classifier-dev-${randomUUID()}`, 'algo-1.log'),
    log(99, 'training', `classifier-dev-${randomUUID()}`, 'algo-2.log'),
    log(0, 'processing', `classifier-dev-${randomUUID()}`, 'algo-1.log'),
    log(0, 'hosting', 'logs', 'classifier-dev-ml-m5-large.log'),
  ];
  const theirs = [
    log(99, 'training', `classifier-dev-2-${randomUUID()}`, 'algo-1.log'),
    log(99, 'processing', `spam-dev-${randomUUID()}`, 'algo-1.log'),
    log(99, 'hosting', 'logs', 'classifier-dev-2-ml-m5-large.log'),
  ];
  await application.destroy();
  expect(ours.filter(isThere)).toEqual([]);
  expect(theirs.filter(isThere)).toEqual(theirs);
});

it('old ones of jobs are deleted page after page, and endpoints’ are given a retention once', async () => {
  const logs = new CloudWatchLogsClient({ endpoint: application.cloud.url, region, credentials });
  const job = (days: number): string => log(days, 'training', `classifier-dev-${randomUUID()}`, 'algo-1.log');
  const old = Array.from({ length: 120 }, () => job(31));
  const young = [job(29), job(0)];
  expect(await deleteJobStreams('classifier-dev', Date.now() - 30 * DAY, logs)).toHaveLength(old.length);
  expect(old.filter(isThere)).toEqual([]);
  expect(young.filter(isThere)).toEqual(young);

  log(0, 'hosting', 'logs', 'classifier-dev-ml-m5-large.log');
  log(0, 'hosting', 'logs', 'classifier-dev-ml-of-mine.log');
  const changed = ['/aws/sagemaker/Endpoints/classifier-dev-ml-m5-large'];
  expect(await retainEndpointGroups('classifier-dev', 30, logs)).toEqual(changed);
  expect(await retainEndpointGroups('classifier-dev', 30, logs)).toEqual([]);
});
