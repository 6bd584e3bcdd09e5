import type { ParameterInput } from './parameters';
import type { Stack } from './stack';
import type { Stacks } from './stacks';
import type { Template } from './template';

/**
 * What `cdk deploy` does with a stack, and waits: creates or updates it; parameters not given keep the value that the stack has; nothing
 * to change is success; a stack whose creation failed is deleted first. Throws with the first failed resource's reason when the
 * operation did not succeed.
 */
export async function deployStack(
  stacks: Stacks,
  stackName: string,
  template: Template,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Stack> {
  const existing = stacks.find(stackName);
  if (
    existing &&
    ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED', 'REVIEW_IN_PROGRESS'].includes(existing.status)
  ) {
    stacks.delete(stackName);
    await stacks.settled(existing.id);
    return deployStack(stacks, stackName, template, parameters);
  }
  const kept = Object.keys(template.Parameters ?? {}).filter((name) => name in (existing?.content.parameters ?? {}));
  const request = {
    templateBody: JSON.stringify(template),
    parameters: new Map<string, ParameterInput>([
      ...kept.map((name): [string, ParameterInput] => [name, { usePrevious: true }]),
      ...Object.entries(parameters).map(([name, value]): [string, ParameterInput] => [name, { value }]),
    ]),
    tags: existing?.content.tags ?? {},
  };
  try {
    if (existing) stacks.update(stackName, request);
    else stacks.create(stackName, request);
  } catch (error) {
    if (existing && (error as Error).message === 'No updates are to be performed.') return existing;
    throw error;
  }
  await stacks.settled(stackName);
  const stack = stacks.require(stackName);
  if (!['CREATE_COMPLETE', 'UPDATE_COMPLETE'].includes(stack.status)) throw new Error(failureOf(stack));
  return stack;
}

/** What `cdk destroy` does with a stack, and waits. One that does not exist is no error; throws with the reason why it is still there. */
export async function destroyStack(stacks: Stacks, stackName: string): Promise<void> {
  stacks.delete(stackName);
  await stacks.settled(stackName);
  const left = stacks.find(stackName);
  if (left) throw new Error(failureOf(left));
}

/** The first resource that failed in the latest operation, which is the one that explains it. */
function failureOf(stack: Stack): string {
  const operationId = stack.events.at(-1)?.operationId;
  const events = stack.events.filter((event) => event.operationId === operationId);
  const cause = events.find(
    ({ validation, status }) => validation !== undefined || /^(CREATE|UPDATE|DELETE)_FAILED$/.test(status),
  );
  const where = cause && cause.logicalId !== '' ? `${cause.logicalId} (${cause.type}): ` : '';
  const reason =
    cause?.reason ?? events.find((event) => event.reason !== undefined && event.reason !== 'User Initiated')?.reason;
  return `stack ${stack.name} is in ${stack.status}: ${where}${reason ?? 'no reason was given'}`;
}
