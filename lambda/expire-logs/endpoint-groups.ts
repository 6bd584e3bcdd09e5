import {
  type CloudWatchLogsClient,
  DeleteLogGroupCommand,
  type LogGroup,
  paginateDescribeLogGroups,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { unlessGone } from './gone';

const ENDPOINTS = '/aws/sagemaker/Endpoints/';
/**
 * What follows `<prefix>-` in the name of an endpoint that scales: its type of instance, such as ml-m5-large. Another
 * application, whose prefix begins with ours and ml, has endpoints of other names.
 */
const INSTANCE_TYPE = /^ml-(?!.*\bml-)[a-z0-9-]+-(?:medium|\d*x?large)$/;

/**
 * Gives the log groups of endpoints that scale, which SageMaker has made, a retention where they have none or another one.
 *
 * @returns the names of those changed
 */
export async function retainEndpointGroups(
  prefix: string,
  retentionInDays: number,
  logs: CloudWatchLogsClient,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const { logGroupName = '', ...group } of await scaledEndpointGroups(prefix, logs)) {
    if (group.retentionInDays === retentionInDays) continue;
    await unlessGone(logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays })));
    changed.push(logGroupName);
  }
  return changed;
}

/** Deletes the log groups of endpoints that scale. */
export async function deleteEndpointGroups(prefix: string, logs: CloudWatchLogsClient): Promise<void> {
  for (const { logGroupName = '' } of await scaledEndpointGroups(prefix, logs)) {
    await unlessGone(logs.send(new DeleteLogGroupCommand({ logGroupName })));
  }
}

async function scaledEndpointGroups(prefix: string, client: CloudWatchLogsClient): Promise<readonly LogGroup[]> {
  const before = `${ENDPOINTS}${prefix}-`;
  const found: LogGroup[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups(
    { client },
    { logGroupNamePrefix: `${before}ml-` },
  )) {
    found.push(...logGroups.filter(({ logGroupName = '' }) => INSTANCE_TYPE.test(logGroupName.slice(before.length))));
  }
  return found;
}
