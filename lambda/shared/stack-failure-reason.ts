import {
  paginateDescribeEvents,
  paginateDescribeStackEvents,
  type CloudFormationClient,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';

const LONGEST_REASON = 2000;
const UNKNOWN = "CloudFormation gives no reason; see the stack's events in its console";

/** Why a stack's latest operation failed, in any case a sentence. */
export async function failureReason(stackId: string, cloudFormation: CloudFormationClient): Promise<string> {
  return (await knownFailureReason(stackId, cloudFormation)) ?? UNKNOWN;
}

/**
 * Why a stack's latest operation failed: the reason of the resource that failed first, since those that follow are
 * mostly cancelled for its sake, or else of CloudFormation's own check before it touches any resource. Undefined where
 * neither says anything.
 */
export async function knownFailureReason(
  stackId: string,
  cloudFormation: CloudFormationClient,
): Promise<string | undefined> {
  const reason =
    (await firstFailedResource(stackId, cloudFormation)) ?? (await failedValidation(stackId, cloudFormation));
  return reason !== undefined && reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
}

/** Events come newest first; the operation began where the stack itself went into progress. */
async function firstFailedResource(stackId: string, cloudFormation: CloudFormationClient): Promise<string | undefined> {
  let first: string | undefined;
  for await (const { StackEvents } of paginateDescribeStackEvents({ client: cloudFormation }, { StackName: stackId })) {
    for (const event of StackEvents ?? []) {
      if (isStackItself(event) && /^(?:CREATE|UPDATE)_IN_PROGRESS$/.test(event.ResourceStatus ?? '')) {
        return first;
      }
      if (!isStackItself(event) && event.ResourceStatus?.endsWith('_FAILED')) {
        first = `${event.LogicalResourceId ?? ''} (${event.ResourceType ?? ''}): ${event.ResourceStatusReason ?? UNKNOWN}`;
      }
    }
  }
  return first;
}

function isStackItself(event: StackEvent): boolean {
  return event.PhysicalResourceId === event.StackId;
}

async function failedValidation(stackId: string, cloudFormation: CloudFormationClient): Promise<string | undefined> {
  const pages = paginateDescribeEvents(
    { client: cloudFormation },
    { StackName: stackId, Filters: { FailedEvents: true } },
  );
  for await (const { OperationEvents } of pages) {
    const event = OperationEvents?.find(({ EventType }) => EventType === 'VALIDATION_ERROR');
    if (event !== undefined) {
      return `${event.ValidationName ?? ''} ${event.ValidationPath ?? ''}: ${event.ValidationStatusReason ?? UNKNOWN}`;
    }
  }
  return undefined;
}
