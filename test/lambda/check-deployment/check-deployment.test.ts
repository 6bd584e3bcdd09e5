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
import { isRefusalOfAccelerator } from '../../../lambda/shared/accelerator-refusal';
import { handler } from '../../../lambda/check-deployment/index';

const STACK = 'cola-dev-serving';
const STACK_ID = `arn:aws:cloudformation:us-east-1:123456789012:stack/${STACK}/3f6a`;
const MODEL = 's3://artifacts-bucket/models/new/model.tar.gz';
const OLD_MODEL = 's3://artifacts-bucket/models/old/model.tar.gz';
const INTENDED = { ModelDataUrl: MODEL, AcceleratedEndpointConfigName: 'config-2' };
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
  await expect(check()).resolves.toEqual({ status, endpointConfigName });
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
  describeStack(stackStatus, { ...INTENDED, ModelDataUrl: OLD_MODEL });
  await expect(check()).rejects.toMatchObject({ name });
});

test('a stack left rolled back by an earlier deployment may serve what is intended all the same', async () => {
  describeStack('UPDATE_ROLLBACK_COMPLETE', INTENDED);
  await expect(check()).resolves.toMatchObject({ status: 'COMPLETE' });
});

describe.each<StackStatus>(['UPDATE_COMPLETE', 'CREATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'])('in %s', (status) => {
  test.each([
    ['another model', { ...INTENDED, ModelDataUrl: OLD_MODEL }],
    ['no model', { ...INTENDED, ModelDataUrl: '' }],
    ['the model without its accelerated configuration', { ...INTENDED, AcceleratedEndpointConfigName: '' }],
    ['the model with another accelerated configuration', { ...INTENDED, AcceleratedEndpointConfigName: 'config-1' }],
    ['the model and no such parameter', { ModelDataUrl: MODEL }],
  ])('a stack with %s is no success', async (_, parameters) => {
    describeStack(status, parameters);
    const name = status === 'UPDATE_ROLLBACK_COMPLETE' ? 'RolledBack' : 'Superseded';
    await expect(check()).rejects.toMatchObject({ name });
  });

  test('nothing in service is a success where that is intended', async () => {
    describeStack(status, { ModelDataUrl: '', AcceleratedEndpointConfigName: '' });
    await expect(
      handler({ stackName: STACK, parameters: { ModelDataUrl: '', AcceleratedEndpointConfigName: '' } }),
    ).resolves.toMatchObject({ status: 'COMPLETE' });
  });
});

test.each([
  [
    OLD_MODEL,
    `another execution or deployment has changed stack ${STACK} since this one did, and it has ${OLD_MODEL} now`,
  ],
  ['', `another execution or deployment has changed stack ${STACK} since this one did, and it has no model now`],
])('a complete stack tells what it has instead ("%s")', async (model, message) => {
  describeStack('UPDATE_COMPLETE', { ...INTENDED, ModelDataUrl: model });
  await expect(check()).rejects.toThrow(message);
});

test("another execution's accelerator does not look like AWS's refusal of one", async () => {
  describeStack('UPDATE_COMPLETE', { ModelDataUrl: MODEL, AcceleratorType: 'ml.eia2.medium' });
  const parameters = { ModelDataUrl: MODEL, AcceleratorType: 'ml.eia2.large' };
  const error = (await handler({ stackName: STACK, parameters }).catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ name: 'Superseded' });
  expect(isRefusalOfAccelerator(error.message)).toBe(false);
});

test('the reason is that of the resource that failed first in this operation, pages back', async () => {
  describeStack('UPDATE_ROLLBACK_COMPLETE', { ...INTENDED, ModelDataUrl: OLD_MODEL });
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

  await expect(check()).rejects.toThrow(
    'CloudFormation undid the deployment, and what was in service before still is: Endpoint (AWS::Test::Endpoint): ' +
      'The container for production variant all did not pass the ping health check.',
  );
});

test('a long reason is cut', async () => {
  describeStack('UPDATE_ROLLBACK_COMPLETE', { ...INTENDED, ModelDataUrl: OLD_MODEL });
  cloudFormation
    .on(DescribeStackEventsCommand)
    .resolves({ StackEvents: [event('Endpoint', 'UPDATE_FAILED', 'x'.repeat(100_000))] });
  const error: unknown = await check().catch((thrown: unknown) => thrown);
  expect(String(error).length).toBeLessThan(2500);
});

test("the reason may be CloudFormation's validation, which the stack's events do not show", async () => {
  describeStack('UPDATE_COMPLETE', { ...INTENDED, ModelDataUrl: OLD_MODEL });
  failValidation(new Date());
  await expect(check()).rejects.toThrow(
    'CloudFormation refused the change, and what was in service before still is: AWS::EarlyValidation::PropertyValidation ' +
      '/Resources/EndpointConfig/Properties/ProductionVariants/0/AcceleratorType: ' +
      'extraneous key [AcceleratorType] is not permitted',
  );
});

test("what failed in another's change, after which the stack is complete, is no refusal of this one", async () => {
  describeStack('UPDATE_COMPLETE', { ...INTENDED, ModelDataUrl: OLD_MODEL });
  cloudFormation.on(DescribeStackEventsCommand).resolves({
    StackEvents: [
      event('Stack', 'UPDATE_COMPLETE'),
      event('Alarm', 'DELETE_FAILED', 'it is in use'),
      event('Endpoint', 'UPDATE_COMPLETE'),
      event('Stack', 'UPDATE_IN_PROGRESS', 'User Initiated'),
    ],
  });
  await expect(check()).rejects.toMatchObject({ name: 'Superseded' });
});

test.each([
  ['an earlier operation', '2026-01-01T09:59:59Z', 'Superseded'],
  ['the latest operation', '2026-01-01T10:00:00Z', 'RolledBack'],
  ['a later change, which came to no operation', '2026-01-01T10:00:01Z', 'RolledBack'],
])('a validation that refused %s', async (_, refusedAt, name) => {
  describeStack('UPDATE_COMPLETE', { ...INTENDED, ModelDataUrl: OLD_MODEL });
  const started = { ...event('Stack', 'UPDATE_IN_PROGRESS'), Timestamp: new Date('2026-01-01T10:00:00Z') };
  cloudFormation
    .on(DescribeStackEventsCommand)
    .resolves({ StackEvents: [event('Stack', 'UPDATE_COMPLETE'), event('Endpoint', 'UPDATE_COMPLETE'), started] });
  failValidation(new Date(refusedAt));
  await expect(check()).rejects.toMatchObject({ name });
});

test('no stack is StackMissing', async () => {
  const error = Object.assign(new Error(`Stack with id ${STACK} does not exist`), { name: 'ValidationError' });
  cloudFormation.on(DescribeStacksCommand).rejects(error);
  await expect(check()).rejects.toMatchObject({ name: 'StackMissing' });
});

function check(): ReturnType<typeof handler> {
  return handler({ stackName: STACK, parameters: INTENDED });
}

function describeStack(status: StackStatus, parameters: Readonly<Record<string, string>> = INTENDED): void {
  cloudFormation.on(DescribeStacksCommand).resolves({
    Stacks: [
      {
        StackId: STACK_ID,
        StackName: STACK,
        CreationTime: new Date(),
        StackStatus: status,
        Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
          ParameterKey,
          ParameterValue,
        })),
        Outputs: [{ OutputKey: 'EndpointConfigName', OutputValue: 'config-2' }],
      },
    ],
  });
}

function failValidation(at: Date): void {
  cloudFormation.on(DescribeEventsCommand, { StackName: STACK_ID, Filters: { FailedEvents: true } }).resolves({
    OperationEvents: [
      { EventType: 'STACK_EVENT' },
      {
        EventType: 'VALIDATION_ERROR',
        Timestamp: at,
        ValidationName: 'AWS::EarlyValidation::PropertyValidation',
        ValidationPath: '/Resources/EndpointConfig/Properties/ProductionVariants/0/AcceleratorType',
        ValidationStatusReason: 'extraneous key [AcceleratorType] is not permitted',
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
