import {
  type CloudWatchLogsClient,
  DeleteLogStreamCommand,
  paginateDescribeLogStreams,
} from '@aws-sdk/client-cloudwatch-logs';
import { JOB_LOG_GROUPS } from '../shared/job-log';
import { unlessGone } from './gone';

/** What follows the prefix in the name of a stream: the rest of the job's name (lib/sagemaker/sagemaker-job-state.ts), and its host. */
const OF_A_JOB = /^-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\//;

/**
 * Deletes the log streams of the jobs called `<prefix>-<uuid>`. The groups that they are in have the logs of every job of
 * the account, so neither these nor their retention is ours.
 *
 * @param before a stream stays if its last line is not older; epoch milliseconds, Infinity for all
 * @returns the names of those deleted
 */
export async function deleteJobStreams(
  prefix: string,
  before: number,
  logs: CloudWatchLogsClient,
): Promise<readonly string[]> {
  const deleted: string[] = [];
  for (const logGroupName of Object.values(JOB_LOG_GROUPS)) {
    // All are listed first, so that no page is one of a list that changes.
    for (const logStreamName of (await unlessGone(olderStreams(logGroupName, prefix, before, logs))) ?? []) {
      await unlessGone(logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName })));
      deleted.push(logStreamName);
    }
  }
  return deleted;
}

async function olderStreams(
  logGroupName: string,
  prefix: string,
  before: number,
  client: CloudWatchLogsClient,
): Promise<readonly string[]> {
  const older: string[] = [];
  // The group may be very large. AWS lists either by a prefix or by age.
  const wanted = { logGroupName, logStreamNamePrefix: `${prefix}-` };
  for await (const { logStreams = [] } of paginateDescribeLogStreams({ client }, wanted)) {
    for (const { logStreamName = '', creationTime = 0, lastEventTimestamp = creationTime } of logStreams) {
      // Another application may have a prefix that begins with ours.
      if (lastEventTimestamp < before && OF_A_JOB.test(logStreamName.slice(prefix.length))) older.push(logStreamName);
    }
  }
  return older;
}
