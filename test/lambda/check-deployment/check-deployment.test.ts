import {
  CloudFormationClient,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type ResourceStatus,
  type StackEvent,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/check-deployment/index';

const STACK = 'cola-dev-serving';
const STACK_ID = `arn:aws:cloudformation:us-east-1:123456789012:stack/${STACK}/3f6a`;
const MODEL = 's3://artifacts-bucket/models/new/model.tar.gz';
const OLD_MODEL = 's3://artifacts-bucket/models/old/model.tar.gz';
const cloudFormation = mockClient(CloudFormationClient);

beforeEach(() => {
  cloudFormation.reset();
  cloudFormation.on(DescribeStackEventsCommand).resolves({ StackEvents: [] });
  cloudFormation.on(DescribeEventsCommand).resolves({ OperationEvents: [] });
});

test.each<[StackStatus, string]>([
  ['UPDATE_IN_PROGRESS', 'IN_PROGRESS'],
  ['CREATE_IN_PROGRESS', 'IN_PROGRESS'],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'IN_PROGRESS'],
  ['UPDATE_ROLLBACK_IN_PROGRESS', 'IN_PROGRESS'],
  ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'IN_PROGRESS'],
  ['UPDATE_COMPLETE', 'COMPLETE'],
  ['CREATE_COMPLETE', 'COMPLETE'],
])('%s is %s', async (stackStatus, status) => {
  describeStack(stackStatus);
  const endpointConfigName = status === 'COMPLETE' ? 'config-2' : null;
  await expect(handler({ stackName: STACK })).resolves.toEqual({ status, endpointConfigName });
});

test.each<[StackStatus, string]>([
  ['UPDATE_ROLLBACK_COMPLETE', 'RolledBack'],
  ['UPDATE_ROLLBACK_FAILED', 'Broken'],
  ['UPDATE_FAILED', 'Broken'],
  ['ROLLBACK_COMPLETE', 'Broken'],
  ['ROLLBACK_FAILED', 'Broken'],
  ['CREATE_FAILED', 'Broken'],
  ['DELETE_IN_PROGRESS', 'Broken'],
  ['REVIEW_IN_PROGRESS', 'Broken'],
])('%s is the error %s', async (stackStatus, name) => {
  describeStack(stackStatus, OLD_MODEL);
  await expect(handler({ stackName: STACK })).rejects.toMatchObject({ name });
  await expect(handler({ stackName: STACK, modelDataUrl: MODEL })).rejects.toMatchObject({ name });
});

test('a stack left rolled back by an earlier deployment may serve the intended model all the same', async () => {
  describeStack('UPDATE_ROLLBACK_COMPLETE', MODEL);
  await expect(handler({ stackName: STACK, modelDataUrl: MODEL })).resolves.toMatchObject({ status: 'COMPLETE' });
});

test('a complete stack with another model is no success', async () => {
  describeStack('UPDATE_COMPLETE', OLD_MODEL);
  await expect(handler({ stackName: STACK, modelDataUrl: MODEL })).rejects.toMatchObject({
    name: 'RolledBack',
    message: expect.stringContaining(`serves ${OLD_MODEL} instead of ${MODEL}`) as string,
  });
});

test('a complete stack without a model is no success', async () => {
  describeStack('UPDATE_COMPLETE', '');
  await expect(handler({ stackName: STACK, modelDataUrl: MODEL })).rejects.toThrow(
    `serves no model instead of ${MODEL}`,
  );
});

test('the reason is that of the resource that failed first in this operation, pages back', async () => {
  describeStack('UPDATE_ROLLBACK_COMPLETE', OLD_MODEL);
  const events: StackEvent[] = [
    event('Stack', 'UPDATE_ROLLBACK_COMPLETE'),
    event('Stack', 'UPDATE_ROLLBACK_IN_PROGRESS', 'The following resource(s) failed to update: [Endpoint].'),
    event('Alarm', 'UPDATE_FAILED', 'Resource update cancelled'),
    event('Endpoint', 'UPDATE_FAILED', 'The container for production variant all did not pass the ping health check.'),
    event('Endpoint', 'UPDATE_IN_PROGRESS'),
    event('Stack', 'UPDATE_IN_PROGRESS', 'User Initiated'),
    event('Endpoint', 'UPDATE_FAILED', 'of an earlier deployment'),
  ];
  cloudFormation
    .on(DescribeStackEventsCommand)
    .resolves({ StackEvents: events.slice(0, 3), NextToken: 'more' })
    .on(DescribeStackEventsCommand, { NextToken: 'more' })
    .resolves({ StackEvents: events.slice(3) });

  await expect(handler({ stackName: STACK })).rejects.toThrow(
    'CloudFormation undid the deployment, and what was in service before still is: Endpoint (AWS::Test::Endpoint): ' +
      'The container for production variant all did not pass the ping health check.',
  );
});

test('a long reason is cut', async () => {
  describeStack('UPDATE_ROLLBACK_COMPLETE', OLD_MODEL);
  cloudFormation
    .on(DescribeStackEventsCommand)
    .resolves({ StackEvents: [event('Endpoint', 'UPDATE_FAILED', 'x'.repeat(100_000))] });
  const error: unknown = await handler({ stackName: STACK }).catch((thrown: unknown) => thrown);
  expect(String(error).length).toBeLessThan(2500);
});

test("the reason may be CloudFormation's validation, which the stack's events do not show", async () => {
  describeStack('UPDATE_COMPLETE', OLD_MODEL);
  cloudFormation.on(DescribeEventsCommand, { StackName: STACK_ID, Filters: { FailedEvents: true } }).resolves({
    OperationEvents: [
      { EventType: 'STACK_EVENT' },
      {
        EventType: 'VALIDATION_ERROR',
        ValidationName: 'AWS::EarlyValidation::PropertyValidation',
        ValidationPath: '/Resources/EndpointConfig/Properties/ProductionVariants/0/AcceleratorType',
        ValidationStatusReason: 'extraneous key [AcceleratorType] is not permitted',
      },
    ],
  });
  await expect(handler({ stackName: STACK, modelDataUrl: MODEL })).rejects.toThrow(
    'AWS::EarlyValidation::PropertyValidation /Resources/EndpointConfig/Properties/ProductionVariants/0/AcceleratorType: ' +
      'extraneous key [AcceleratorType] is not permitted',
  );
});

test('no stack is StackMissing', async () => {
  const error = Object.assign(new Error(`Stack with id ${STACK} does not exist`), { name: 'ValidationError' });
  cloudFormation.on(DescribeStacksCommand).rejects(error);
  await expect(handler({ stackName: STACK })).rejects.toMatchObject({ name: 'StackMissing' });
});

function describeStack(status: StackStatus, model = MODEL): void {
  cloudFormation.on(DescribeStacksCommand).resolves({
    Stacks: [
      {
        StackId: STACK_ID,
        StackName: STACK,
        CreationTime: new Date(),
        StackStatus: status,
        Parameters: [{ ParameterKey: 'ModelDataUrl', ParameterValue: model }],
        Outputs: [{ OutputKey: 'EndpointConfigName', OutputValue: 'config-2' }],
      },
    ],
  });
}

function event(name: string, status: ResourceStatus, reason?: string): StackEvent {
  return {
    StackId: STACK_ID,
    EventId: `${name}-${status}`,
    StackName: STACK,
    Timestamp: new Date(),
    LogicalResourceId: name,
    ResourceType: `AWS::Test::${name}`,
    PhysicalResourceId: name === 'Stack' ? STACK_ID : name,
    ResourceStatus: status,
    ResourceStatusReason: reason,
  };
}
