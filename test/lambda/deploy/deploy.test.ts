import { CloudFormationClient, DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/deploy/index';

const MODEL = 's3://artifacts-bucket/models/abc/model.tar.gz';
const cloudFormation = mockClient(CloudFormationClient);

beforeEach(() => {
  cloudFormation.reset();
});

test('changes the model, clears the accelerated configuration, and leaves all else as it is', async () => {
  describeParameters('ModelDataUrl', 'AcceleratedEndpointConfigName', 'InstanceCount');
  cloudFormation.on(UpdateStackCommand).resolves({});

  await expect(handler({ modelDataUrl: MODEL })).resolves.toEqual({ stackName: 'cola-dev-serving' });
  expect(cloudFormation.commandCalls(UpdateStackCommand).map((call) => call.args[0].input)).toEqual([
    {
      StackName: 'cola-dev-serving',
      UsePreviousTemplate: true,
      Parameters: [
        { ParameterKey: 'ModelDataUrl', ParameterValue: MODEL },
        { ParameterKey: 'AcceleratedEndpointConfigName', ParameterValue: '' },
        { ParameterKey: 'InstanceCount', UsePreviousValue: true },
      ],
    },
  ]);
});

test('a stack without the parameters is not touched', async () => {
  describeParameters('ModelDataUrl');
  await expect(handler({ modelDataUrl: MODEL })).rejects.toMatchObject({
    name: 'Broken',
    message: expect.stringContaining('has no parameter AcceleratedEndpointConfigName') as string,
  });
  expect(cloudFormation.commandCalls(UpdateStackCommand)).toHaveLength(0);
});

test.each([
  ['NothingToDo', 'No updates are to be performed.'],
  ['StackBusy', 'Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.'],
])('%s comes from what CloudFormation says', async (name, message) => {
  describeParameters('ModelDataUrl', 'AcceleratedEndpointConfigName');
  cloudFormation.on(UpdateStackCommand).rejects(Object.assign(new Error(message), { name: 'ValidationError' }));
  await expect(handler({ modelDataUrl: MODEL })).rejects.toMatchObject({ name });
});

test('no stack is StackMissing', async () => {
  const error = Object.assign(new Error('Stack with id cola-dev-serving does not exist'), { name: 'ValidationError' });
  cloudFormation.on(DescribeStacksCommand).rejects(error);
  await expect(handler({ modelDataUrl: MODEL })).rejects.toMatchObject({ name: 'StackMissing' });
});

function describeParameters(...names: readonly string[]): void {
  cloudFormation.on(DescribeStacksCommand).resolves({
    Stacks: [
      {
        StackName: 'cola-dev-serving',
        CreationTime: new Date(),
        StackStatus: 'UPDATE_COMPLETE',
        Parameters: names.map((name) => ({ ParameterKey: name, ParameterValue: 'present' })),
      },
    ],
  });
}
