import {
  CloudFormationClient,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/deploy/index';

const STACK = 'cola-dev-serving';
const STACK_ID = `arn:aws:cloudformation:us-east-1:123456789012:stack/${STACK}/3f6a`;
const MODEL = 's3://artifacts-bucket/models/abc/model.tar.gz';
const PARAMETERS = { ModelDataUrl: MODEL, AcceleratedEndpointConfigName: '' };
const cloudFormation = mockClient(CloudFormationClient);

beforeEach(() => {
  cloudFormation.reset();
  cloudFormation.on(DescribeStackEventsCommand).resolves({ StackEvents: [] });
  cloudFormation.on(DescribeEventsCommand).resolves({ OperationEvents: [] });
});

test('changes the parameters that are given, an empty one too, and leaves all else as it is', async () => {
  describeStack(['ModelDataUrl', 'AcceleratedEndpointConfigName', 'InstanceCount']);
  cloudFormation.on(UpdateStackCommand).resolves({});

  await expect(handler({ stackName: STACK, parameters: PARAMETERS })).resolves.toEqual({
    stackName: STACK,
    previous: { ModelDataUrl: 'old', AcceleratedEndpointConfigName: 'old' },
  });
  expect(cloudFormation.commandCalls(UpdateStackCommand).map((call) => call.args[0].input)).toEqual([
    {
      StackName: STACK,
      UsePreviousTemplate: true,
      Parameters: [
        { ParameterKey: 'ModelDataUrl', ParameterValue: MODEL },
        { ParameterKey: 'AcceleratedEndpointConfigName', ParameterValue: '' },
        { ParameterKey: 'InstanceCount', UsePreviousValue: true },
      ],
      RoleARN: 'arn:aws:iam::123456789012:role/serving-deployment',
    },
  ]);
});

test.each([
  ['Superseded', { replacing: { ModelDataUrl: 's3://mine' } }, 'old'],
  ['TakenDownSince', { keepDown: true }, ''],
])('%s leaves the stack as it is', async (name, conditions, value) => {
  describeStack(Object.keys(PARAMETERS), undefined, value);
  await expect(handler({ stackName: STACK, parameters: PARAMETERS, ...conditions })).rejects.toMatchObject({ name });
  expect(cloudFormation.commandCalls(UpdateStackCommand)).toHaveLength(0);
});

test('changes a stack that is as its conditions say', async () => {
  describeStack(Object.keys(PARAMETERS));
  cloudFormation.on(UpdateStackCommand).resolves({});
  const request = { stackName: STACK, parameters: PARAMETERS, replacing: { ModelDataUrl: 'old' }, keepDown: true };
  await expect(handler(request)).resolves.toMatchObject({ stackName: STACK });
});

test("a stack that an attempt has changed whose answer was lost is not taken for somebody else's", async () => {
  describeStack(Object.keys(PARAMETERS));
  refuseUpdate('No updates are to be performed.');
  const parameters = { ModelDataUrl: 'old', AcceleratedEndpointConfigName: 'old' };
  const request = { stackName: STACK, parameters, replacing: PARAMETERS };
  await expect(handler(request)).rejects.toMatchObject({ name: 'NothingToDo' });
});

test('a stack without the parameters is not touched', async () => {
  describeStack(['ModelDataUrl']);
  await expect(handler({ stackName: STACK, parameters: PARAMETERS })).rejects.toMatchObject({
    name: 'Broken',
    message: expect.stringContaining('is older than this pipeline') as string,
  });
  expect(cloudFormation.commandCalls(UpdateStackCommand)).toHaveLength(0);
});

test.each([
  ['NothingToDo', 'No updates are to be performed.'],
  ['StackBusy', 'Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.'],
  ['Refused', 'Properties validation failed: extraneous key [AcceleratorType] is not permitted'],
])('%s comes from what CloudFormation says', async (name, message) => {
  describeStack(Object.keys(PARAMETERS));
  refuseUpdate(message);
  await expect(handler({ stackName: STACK, parameters: PARAMETERS })).rejects.toMatchObject({ name });
  expect(cloudFormation.commandCalls(DescribeStackEventsCommand)).toHaveLength(0);
});

describe('a stack that was never created is missing, and tells why', () => {
  test.each<StackStatus>(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED'])('in %s', async (status) => {
    describeStack(Object.keys(PARAMETERS), status);
    cloudFormation.on(DescribeStackEventsCommand, { StackName: STACK_ID }).resolves({
      StackEvents: [
        {
          StackId: STACK_ID,
          EventId: '2',
          StackName: STACK,
          Timestamp: new Date(),
          LogicalResourceId: 'EndpointConfig',
          ResourceType: 'AWS::SageMaker::EndpointConfig',
          ResourceStatus: 'CREATE_FAILED',
          ResourceStatusReason: 'Elastic Inference (EI) is no longer available.',
        },
      ],
    });
    await expect(handler({ stackName: STACK, parameters: PARAMETERS })).rejects.toMatchObject({
      name: 'StackMissing',
      message:
        `stack ${STACK} was never created (EndpointConfig (AWS::SageMaker::EndpointConfig): Elastic Inference (EI) is no ` +
        'longer available.); run "npm run deploy" again',
    });
  });

  test('in REVIEW_IN_PROGRESS, where there is only a change set, and so not even a parameter', async () => {
    describeStack([], 'REVIEW_IN_PROGRESS');
    cloudFormation.on(DescribeEventsCommand, { StackName: STACK_ID, Filters: { FailedEvents: true } }).resolves({
      OperationEvents: [
        {
          EventType: 'VALIDATION_ERROR',
          ValidationName: 'AWS::EarlyValidation::PropertyValidation',
          ValidationPath: '/Resources/EndpointConfig/Properties/ProductionVariants/0',
          ValidationStatusReason: 'Unsupported property [AcceleratorType]',
        },
      ],
    });
    await expect(handler({ stackName: STACK, parameters: PARAMETERS })).rejects.toMatchObject({
      name: 'StackMissing',
      message:
        `stack ${STACK} was never created (AWS::EarlyValidation::PropertyValidation ` +
        '/Resources/EndpointConfig/Properties/ProductionVariants/0: Unsupported property [AcceleratorType]); run "npm run ' +
        'deploy" again',
    });
  });

  afterEach(() => {
    expect(cloudFormation.commandCalls(UpdateStackCommand)).toHaveLength(0);
  });
});

test('no stack is StackMissing', async () => {
  const error = Object.assign(new Error(`Stack with id ${STACK} does not exist`), { name: 'ValidationError' });
  cloudFormation.on(DescribeStacksCommand).rejects(error);
  await expect(handler({ stackName: STACK, parameters: PARAMETERS })).rejects.toMatchObject({ name: 'StackMissing' });
});

function describeStack(parameters: readonly string[], status: StackStatus = 'UPDATE_COMPLETE', value = 'old'): void {
  cloudFormation.on(DescribeStacksCommand).resolves({
    Stacks: [
      {
        StackId: STACK_ID,
        StackName: STACK,
        CreationTime: new Date(),
        StackStatus: status,
        Parameters: parameters.map((name) => ({ ParameterKey: name, ParameterValue: value })),
      },
    ],
  });
}

function refuseUpdate(message: string): void {
  cloudFormation.on(UpdateStackCommand).rejects(Object.assign(new Error(message), { name: 'ValidationError' }));
}
