import { members } from '../query-protocol';
import type { ParameterValue } from './parameters';
import type { ChangeSet, Stack, StackEvent, StackResource } from './stack';
import type { Template } from './template';

/** Records of stacks as the members of CloudFormation's answers. */

export function stackAnswer(stack: Stack): object {
  const { content } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: templateOf(stack)?.Description,
    Parameters: members(parameterAnswers(content.parameters, templateOf(stack))),
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    RoleARN: stack.roleArn,
    DisableRollback: false,
    Outputs: members(
      Object.entries(content.outputs).map(([name, { value, description, exportName }]) => ({
        OutputKey: name,
        OutputValue: value,
        Description: description,
        ExportName: exportName,
      })),
    ),
    Tags: tagAnswers(content.tags),
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

export function resourceAnswer(stack: Stack, resource: StackResource): object {
  return {
    StackId: stack.id,
    StackName: stack.name,
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    // DescribeStackResources reads the first of the two times, the other calls the second.
    Timestamp: resource.updatedAt,
    LastUpdatedTimestamp: resource.updatedAt,
    ResourceStatus: resource.status,
    ResourceStatusReason: resource.statusReason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

export function eventAnswer(stack: Stack, event: StackEvent): object {
  return {
    EventId: event.id,
    StackId: stack.id,
    StackName: stack.name,
    OperationId: event.operationId,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: event.timestamp,
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
  };
}

/** The same event as DescribeEvents tells it. */
export function operationEventAnswer(stack: Stack, event: StackEvent): object {
  if (!event.validation) return { ...eventAnswer(stack, event), EventType: 'STACK_EVENT' };
  return {
    EventId: event.id,
    StackId: stack.id,
    OperationId: event.operationId,
    EventType: 'VALIDATION_ERROR',
    Timestamp: event.timestamp,
    ValidationName: event.validation.name,
    ValidationPath: event.validation.path,
    ValidationStatus: 'FAILED',
    ValidationFailureMode: 'FAIL',
    ValidationStatusReason: event.reason,
  };
}

export function changeSetAnswer(stack: Stack, changeSet: ChangeSet): object {
  return {
    StackId: stack.id,
    StackName: stack.name,
    ChangeSetId: changeSet.id,
    ChangeSetName: changeSet.name,
    Description: changeSet.description,
    CreationTime: changeSet.createdAt,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    ExecutionStatus: changeSet.status === 'FAILED' ? 'UNAVAILABLE' : 'AVAILABLE',
    Parameters: members(parameterAnswers(changeSet.parameters, JSON.parse(changeSet.templateBody) as Template)),
    Tags: tagAnswers(changeSet.tags),
    Changes: members(
      changeSet.changes.map(({ action, logicalId, physicalId, type }) => ({
        Type: 'Resource',
        ResourceChange: {
          Action: action,
          LogicalResourceId: logicalId,
          PhysicalResourceId: physicalId,
          ResourceType: type,
          // Whether a change replaces the resource is its provider's decision, taken when it is made.
          Replacement: action === 'Modify' ? 'Conditional' : undefined,
          Scope: members(action === 'Modify' ? ['Properties'] : []),
          Details: '',
        },
      })),
    ),
  };
}

function templateOf(stack: Stack): Template | undefined {
  return stack.content.templateBody === '' ? undefined : (JSON.parse(stack.content.templateBody) as Template);
}

function parameterAnswers(values: Readonly<Record<string, ParameterValue>>, template: Template | undefined): object[] {
  return Object.entries(values).map(([name, { value, resolved }]) => ({
    ParameterKey: name,
    ParameterValue: String(template?.Parameters?.[name]?.NoEcho) === 'true' ? '****' : value,
    ResolvedValue: resolved,
  }));
}

function tagAnswers(tags: Readonly<Record<string, string>>) {
  return members(Object.entries(tags).map(([Key, Value]) => ({ Key, Value })));
}
