import { randomUUID } from 'node:crypto';
import { account, region } from '../account';
import { ValidationError } from './errors';
import type { ParameterValue } from './parameters';
import type { Provisioned } from './provider';
import type { DeletionPolicy } from './template';

/** A resource of a stack as it exists now, with what is needed to change or delete it without its template. */
export interface StackResource extends Provisioned {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata?: unknown;
  /** Logical ids of the resources that this one needs. */
  readonly dependencies: readonly string[];
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
  readonly status: string;
  readonly statusReason?: string;
  /** ISO 8601. */
  readonly updatedAt: string;
}

export interface StackOutput {
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** What a template and its parameters made: the part of a stack that a rollback restores. */
export interface StackContent {
  readonly templateBody: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, StackOutput>>;
  /** Names of the exports of other stacks that this one uses. */
  readonly imports: readonly string[];
}

/** One line of a stack's history; `timestamp` is ISO 8601. The stack itself is the resource of type AWS::CloudFormation::Stack. */
export interface StackEvent {
  readonly id: string;
  readonly timestamp: string;
  readonly operationId: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  /** Set for a finding of early validation, which DescribeEvents tells and DescribeStackEvents does not. */
  readonly validation?: { readonly name: string; readonly path: string };
}

export interface Change {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
}

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly createdAt: string;
  readonly description?: string;
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly statusReason?: string;
  readonly changes: readonly Change[];
  readonly templateBody: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly roleArn?: string;
}

export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  updatedAt?: string;
  deletedAt?: string;
  status: string;
  statusReason?: string;
  /** The role that operations run with; kept until a caller passes another. */
  roleArn?: string;
  content: StackContent;
  resources: Record<string, StackResource>;
  /** Replaced or removed resources that still have to be deleted. */
  obsolete: StackResource[];
  /** Oldest first. */
  events: StackEvent[];
  changeSets: ChangeSet[];
}

/** Whether an operation runs on the stack. */
export function isBusy(stack: Stack): boolean {
  return stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS';
}

/** Resources so that each comes after those it depends on. Reverse it to delete. */
export function inDependencyOrder(resources: readonly StackResource[]): StackResource[] {
  const ordered = new Set<StackResource>();
  const visit = (resource: StackResource, trail: readonly StackResource[]): void => {
    if (ordered.has(resource) || trail.includes(resource)) return;
    for (const other of resources) {
      if (resource.dependencies.includes(other.logicalId)) visit(other, [...trail, resource]);
    }
    ordered.add(resource);
  };
  for (const resource of resources) visit(resource, []);
  return [...ordered];
}

/** A stack without content. Throws ValidationError for a wrong name. */
export function newStack(name: string): Stack {
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) {
    throw new ValidationError(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: ` +
        'Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*',
    );
  }
  return {
    id: arn(`stack/${name}/${randomUUID()}`),
    name,
    createdAt: new Date().toISOString(),
    status: 'REVIEW_IN_PROGRESS',
    content: { templateBody: '', parameters: {}, tags: {}, outputs: {}, imports: [] },
    resources: {},
    obsolete: [],
    events: [],
    changeSets: [],
  };
}

/** The ARN of something of CloudFormation's. */
export function arn(resource: string): string {
  return `arn:aws:cloudformation:${region}:${account}:${resource}`;
}
