import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { describeStack } from './describe-stack';

/**
 * What CloudFormation asks the function behind a custom resource.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-requests.html
 */
export interface CustomResourceRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Where the answer goes; without one, the stack waits for an hour. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  /** Absent when the resource is created. */
  readonly PhysicalResourceId?: string;
}

/** An answer may have 4096 bytes in all. */
const LONGEST_REASON = 1000;

/**
 * Does what is to be done when the stack is deleted, and tells CloudFormation how it went: always, for a failure is an
 * answer too. Creation and updates are nothing, and so is the deletion of the resource alone: CloudFormation also asks
 * for it when an operation that made the resource is rolled back, or when the template has it no more.
 *
 * @throws Error when CloudFormation does not take the answer
 */
export async function whenStackIsDeleted(
  request: CustomResourceRequest,
  cloudFormation: CloudFormationClient,
  work: () => Promise<unknown>,
): Promise<void> {
  const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, PhysicalResourceId } = request;
  const failure = await failureOf(async () => {
    if (RequestType === 'Delete' && (await isBeingDeleted(StackId, cloudFormation))) await work();
  });
  const answer = await fetch(ResponseURL, {
    method: 'PUT',
    // The URL is signed for a request without a type.
    headers: { 'content-type': '' },
    body: JSON.stringify({
      Status: failure === undefined ? 'SUCCESS' : 'FAILED',
      Reason: failure?.slice(0, LONGEST_REASON),
      PhysicalResourceId: PhysicalResourceId ?? LogicalResourceId,
      StackId,
      RequestId,
      LogicalResourceId,
    }),
  });
  if (!answer.ok) {
    throw new Error(
      `CloudFormation does not take the answer to ${RequestType} of ${LogicalResourceId}: ${answer.status}`,
    );
  }
}

async function isBeingDeleted(stackId: string, cloudFormation: CloudFormationClient): Promise<boolean> {
  return (await describeStack(stackId, cloudFormation)).StackStatus === 'DELETE_IN_PROGRESS';
}

async function failureOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
