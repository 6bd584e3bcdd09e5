import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { ScheduledEvent } from 'aws-lambda';
import { type CustomResourceRequest, whenStackIsDeleted } from '../shared/custom-resource';
import { readEnvironment } from '../shared/environment';
import { deleteEndpointGroups, retainEndpointGroups } from './endpoint-groups';
import { deleteJobStreams } from './job-streams';

const { PREFIX, LOG_RETENTION_DAYS } = readEnvironment('PREFIX', 'LOG_RETENTION_DAYS');
const RETENTION_DAYS = Number(LOG_RETENTION_DAYS);
const MILLISECONDS_PER_DAY = 86_400_000;

const cloudFormation = new CloudFormationClient();
// One call for each stream: throttling is to be expected, and nobody waits.
const logs = new CloudWatchLogsClient({ maxAttempts: 10 });

/** What has expired, in numbers; the names are in the function's own log. */
export interface Expired {
  /** Log streams of jobs that were deleted. */
  readonly jobStreams: number;
  /** Log groups of endpoints that were given a retention. */
  readonly endpointGroups: number;
}

/**
 * Does daily what CloudWatch does by itself where a log group can be declared: deletes what jobs have logged, once it is
 * old, and has the groups of endpoints that scale keep their logs so long. As the storage stack's custom resource it
 * deletes all of it, whatever its age, when the stack goes.
 */
export async function handler(event: CustomResourceRequest | ScheduledEvent): Promise<Expired | undefined> {
  if ('RequestType' in event) {
    await whenStackIsDeleted(event, cloudFormation, deleteAll);
    return undefined;
  }
  const jobStreams = await deleteJobStreams(PREFIX, Date.now() - RETENTION_DAYS * MILLISECONDS_PER_DAY, logs);
  const endpointGroups = await retainEndpointGroups(PREFIX, RETENTION_DAYS, logs);
  console.log(JSON.stringify({ expired: { jobStreams, endpointGroups } }));
  return { jobStreams: jobStreams.length, endpointGroups: endpointGroups.length };
}

async function deleteAll(): Promise<void> {
  await deleteJobStreams(PREFIX, Infinity, logs);
  await deleteEndpointGroups(PREFIX, logs);
}
