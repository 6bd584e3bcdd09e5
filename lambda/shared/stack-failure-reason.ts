import {
  paginateDescribeEvents,
  paginateDescribeStackEvents,
  type CloudFormationClient,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';

const LONGEST_REASON = 2000;
const UNKNOWN = "CloudFormation gives no reason; see the stack's events in its console";

/**
 * Why a stack's latest operation failed, in any case a sentence: the reason of the resource that failed first, since those
 * that follow are mostly cancelled for its sake, or else of CloudFormation's own check before it touches any resource.
 */
export async function failureReason(stackId: string, cloudFormation: CloudFormationClient): Promise<string> {
  const { startedAt, firstFailure } = await latestOperation(stackId, cloudFormation);
  return shorten(firstFailure ?? (await failedValidation(stackId, cloudFormation, startedAt)) ?? UNKNOWN);
}

/**
 * Why CloudFormation refused a change of a stack that is complete before it touched any resource; undefined where it has
 * refused none since it last changed the stack. What failed in that change is another's: the stack is complete after it, and
 * so may be one whose replaced resources could not be deleted.
 */
export async function refusalReason(
  stackId: string,
  cloudFormation: CloudFormationClient,
): Promise<string | undefined> {
  const { startedAt } = await latestOperation(stackId, cloudFormation);
  const reason = await failedValidation(stackId, cloudFormation, startedAt);
  return reason === undefined ? undefined : shorten(reason);
}

function shorten(reason: string): string {
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
}

/**
 * When CloudFormation last went to change the stack's resources, and what failed first of them. Events come newest first; the
 * operation began where the stack itself went into progress.
 */
async function latestOperation(
  stackId: string,
  cloudFormation: CloudFormationClient,
): Promise<{ startedAt?: Date; firstFailure?: string }> {
  let firstFailure: string | undefined;
  for await (const { StackEvents } of paginateDescribeStackEvents({ client: cloudFormation }, { StackName: stackId })) {
    for (const event of StackEvents ?? []) {
      if (isStackItself(event) && /^(?:CREATE|UPDATE)_IN_PROGRESS$/.test(event.ResourceStatus ?? '')) {
        return { startedAt: event.Timestamp, firstFailure };
      }
      if (!isStackItself(event) && event.ResourceStatus?.endsWith('_FAILED')) {
        firstFailure = `${event.LogicalResourceId ?? ''} (${event.ResourceType ?? ''}): ${event.ResourceStatusReason ?? UNKNOWN}`;
      }
    }
  }
  return { firstFailure };
}

function isStackItself(event: StackEvent): boolean {
  return event.PhysicalResourceId === event.StackId;
}

/**
 * What CloudFormation's own check has refused last, as part of the latest operation or in place of one after it: what it
 * refused before says nothing of how the stack stands now.
 */
async function failedValidation(
  stackId: string,
  cloudFormation: CloudFormationClient,
  since = new Date(0),
): Promise<string | undefined> {
  const pages = paginateDescribeEvents(
    { client: cloudFormation },
    { StackName: stackId, Filters: { FailedEvents: true } },
  );
  for await (const { OperationEvents } of pages) {
    const event = OperationEvents?.find(
      ({ EventType, Timestamp = since }) => EventType === 'VALIDATION_ERROR' && Timestamp >= since,
    );
    if (event !== undefined) {
      return `${event.ValidationName ?? ''} ${event.ValidationPath ?? ''}: ${event.ValidationStatusReason ?? UNKNOWN}`;
    }
  }
  return undefined;
}
