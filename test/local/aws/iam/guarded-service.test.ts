import { text } from 'node:stream/consumers';
import { CloudFormationClient, DescribeStacksCommand, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateModelCommand, DeleteModelCommand, ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type AwsServer, type AwsService, startAwsServer } from '../../../../local/aws/aws-server';
import type { GuardedServiceName } from '../../../../local/aws/iam/access-rules';
import type { Access } from '../../../../local/aws/iam/evaluation';
import { guardedServices } from '../../../../local/aws/iam/guarded-service';
import { ASKING, iamOfAsking } from './asking-role';

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;

let server: AwsServer;
let asked: Access[];
let statements: object[];
/** What came through, by the services' own reading. */
let bodies: string[];

beforeAll(async () => {
  const recording: AwsService = {
    operations: {},
    handle: async ({ body }) => {
      bodies.push(await text(body));
      return { status: 200, body: '{}' };
    },
  };
  const names: GuardedServiceName[] = ['apigateway', 'cloudformation', 'logs', 'sagemaker', 'ssm', 'states', 'sts'];
  const services = Object.fromEntries(names.map((name) => [name, recording])) as Record<GuardedServiceName, AwsService>;
  const iam = iamOfAsking(() => statements);
  server = await startAwsServer(
    guardedServices(
      services,
      {
        allows: (key, access) => iam.allows(key, access),
        require: (key, access) => {
          asked.push(access);
          iam.require(key, access);
        },
      },
      (resource) => Promise.resolve({ named: resource.split('/').at(-1) ?? '' }),
    ),
  );
});
beforeEach(() => {
  [asked, bodies] = [[], []];
  statements = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
});
afterAll(() => server.close());

const client = (accessKeyId = ASKING) => ({
  endpoint: server.url,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey: 'local' },
  maxAttempts: 1,
});

test('each service asks for the action on what the request names', async () => {
  // What the services answer is no matter here.
  const send = async (sent: Promise<unknown>) => sent.catch(() => undefined);
  const cloudFormation = new CloudFormationClient(client());
  await send(cloudFormation.send(new DescribeStacksCommand({ StackName: 'serving' })));
  await send(cloudFormation.send(new DescribeStacksCommand({ StackName: arn('cloudformation', 'stack/serving/1') })));
  await send(cloudFormation.send(new UpdateStackCommand({ StackName: 'serving', RoleARN: 'arn:deployment' })));
  const logs = new CloudWatchLogsClient(client());
  await send(logs.send(new DeleteLogStreamCommand({ logGroupName: '/aws/jobs', logStreamName: 'job/1' })));
  await send(logs.send(new DescribeLogGroupsCommand({})));
  const sageMaker = new SageMakerClient(client());
  const ExecutionRoleArn = 'arn:aws:iam::000000000000:role/execution-of-models';
  await send(sageMaker.send(new CreateModelCommand({ ModelName: 'Probe', ExecutionRoleArn })));
  await send(sageMaker.send(new ListModelsCommand({})));
  const runtime = new SageMakerRuntimeClient(client());
  await send(runtime.send(new InvokeEndpointCommand({ EndpointName: 'answers', Body: Buffer.from('text') })));
  const states = new SFNClient(client());
  await send(states.send(new ListExecutionsCommand({ stateMachineArn: 'arn:machine' })));
  await send(states.send(new StopExecutionCommand({ executionArn: 'arn:execution' })));
  await send(new SSMClient(client()).send(new GetParameterCommand({ Name: '/name/of' })));

  expect(asked.map(({ action, resource }) => [action, resource])).toEqual([
    ['cloudformation:DescribeStacks', arn('cloudformation', 'stack/serving/*')],
    ['cloudformation:DescribeStacks', arn('cloudformation', 'stack/serving/1')],
    ['cloudformation:UpdateStack', arn('cloudformation', 'stack/serving/*')],
    ['iam:PassRole', 'arn:deployment'],
    ['logs:DeleteLogStream', arn('logs', 'log-group:/aws/jobs:log-stream:job/1')],
    ['logs:DescribeLogGroups', arn('logs', 'log-group::log-stream:')],
    ['sagemaker:CreateModel', arn('sagemaker', 'model/probe')],
    ['iam:PassRole', ExecutionRoleArn],
    ['sagemaker:ListModels', '*'],
    ['sagemaker:InvokeEndpoint', arn('sagemaker', 'endpoint/answers')],
    ['states:ListExecutions', 'arn:machine'],
    ['states:StopExecution', 'arn:execution'],
    ['ssm:GetParameter', arn('ssm', 'parameter/name/of')],
  ]);
  // The service reads the body as it was sent.
  expect(bodies).toContain('text');
});

test('a refusal is the error that each client knows, and nothing gets through', async () => {
  statements = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }];
  const refusal = expect.stringMatching(
    /assumed-role\/Asking\/asking is not authorized to perform: \w+:\w+ on resource: arn:aws:.* because no identity-based policy/,
  ) as string;
  await expect(
    new CloudFormationClient(client()).send(new DescribeStacksCommand({ StackName: 'serving' })),
  ).rejects.toMatchObject({ name: 'AccessDenied', message: refusal });
  await expect(new SSMClient(client()).send(new GetParameterCommand({ Name: '/name/of' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: refusal,
  });
  await expect(
    new SageMakerRuntimeClient(client()).send(
      new InvokeEndpointCommand({ EndpointName: 'answers', Body: Buffer.from('text') }),
    ),
  ).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: refusal,
    $metadata: { httpStatusCode: 403 },
  });
  expect(bodies).toEqual([]);
});

test('a role may be told to touch only what has a tag, and to pass on another only to one service', async () => {
  const StringEquals = { 'aws:ResourceTag/named': 'ours' };
  statements = [
    { Effect: 'Allow', Action: 'sagemaker:DeleteModel', Resource: '*', Condition: { StringEquals } },
    { Effect: 'Allow', Action: 'sagemaker:CreateModel', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: '*',
      Condition: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } },
    },
  ];
  const sageMaker = new SageMakerClient(client());
  await sageMaker.send(new DeleteModelCommand({ ModelName: 'ours' }));
  await expect(sageMaker.send(new DeleteModelCommand({ ModelName: 'theirs' }))).rejects.toThrow('not authorized');
  await expect(
    sageMaker.send(
      new CreateModelCommand({ ModelName: 'ours', ExecutionRoleArn: 'arn:aws:iam::000000000000:role/execution' }),
    ),
  ).rejects.toThrow('not authorized to perform: iam:PassRole');
});

test('the account’s own keys are asked for nothing', async () => {
  statements = [];
  await new SSMClient(client('local')).send(new GetParameterCommand({ Name: '/name/of' }));
  expect(asked).toEqual([]);
});
