import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import {
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  type EndpointStatus,
  ListEndpointConfigsCommand,
  ListModelsCommand,
  ListTagsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/retire-models/index';

const SERVING = 'cola-dev-serving';
const OWN_STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/cola-dev-training/1';
const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
const cloudFormation = mockClient(CloudFormationClient);
const sageMaker = mockClient(SageMakerClient);

const arn = (kind: string, name: string) => `arn:aws:sagemaker:us-east-1:123456789012:${kind}/${name.toLowerCase()}`;
const resource = (kind: string, type: string, name: string) => ({
  ResourceType: `AWS::SageMaker::${type}`,
  PhysicalResourceId: arn(kind, name),
  LogicalResourceId: type,
  Timestamp: new Date(),
  ResourceStatus: 'UPDATE_COMPLETE' as const,
});

/** Configurations and models 1 to `count`, of which the stack holds the last, the endpoint runs on `used`, and others are somebody else's. */
function made(count: number, used: number, status: EndpointStatus = 'InService'): void {
  const numbers = Array.from({ length: count }, (_, index) => count - index);
  sageMaker.reset();
  sageMaker.on(DescribeEndpointCommand).resolves({ EndpointStatus: status, EndpointConfigName: `Config-${used}` });
  sageMaker.on(ListTagsCommand).resolves({ Tags: [{ Key: 'serving-stack', Value: SERVING }] });
  sageMaker.on(ListTagsCommand, { ResourceArn: arn('model', 'Theirs') }).resolves({ Tags: [] });
  const models = [...numbers.map((number) => `Model-${number}`), 'Theirs'].map((name) => ({
    ModelName: name,
    ModelArn: arn('model', name),
    CreationTime: new Date(),
  }));
  sageMaker.on(ListModelsCommand).resolves({ Models: models.slice(0, 2), NextToken: 'more' });
  sageMaker.on(ListModelsCommand, { NextToken: 'more' }).resolves({ Models: models.slice(2) });
  sageMaker.on(ListEndpointConfigsCommand).resolves({
    EndpointConfigs: numbers.map((number) => ({
      EndpointConfigName: `Config-${number}`,
      EndpointConfigArn: arn('endpoint-config', `Config-${number}`),
      CreationTime: new Date(),
    })),
  });
  for (const number of numbers) {
    sageMaker
      .on(DescribeEndpointConfigCommand, { EndpointConfigName: `Config-${number}` })
      .resolves({ ProductionVariants: [{ VariantName: 'all', ModelName: `Model-${number}` }] });
  }
  sageMaker.on(DeleteEndpointConfigCommand).resolves({});
  sageMaker.on(DeleteModelCommand).resolves({});
  cloudFormation.on(DescribeStackResourcesCommand, { StackName: SERVING }).resolves({
    StackResources: [
      resource('model', 'Model', `Model-${count}`),
      resource('endpoint-config', 'EndpointConfig', `Config-${count}`),
      resource('endpoint', 'Endpoint', 'cola-dev-instance'),
    ],
  });
}

const deletedModels = () => sageMaker.commandCalls(DeleteModelCommand).map(({ args }) => args[0].input.ModelName);

beforeEach(() => {
  log.mockClear();
  cloudFormation.reset();
  const missing = Object.assign(new Error('Stack with id cola-dev-serving-accelerated does not exist'), {
    name: 'ValidationError',
  });
  cloudFormation.on(DescribeStacksCommand).rejects(missing);
  stackIs('UPDATE_COMPLETE');
});

function stackIs(StackStatus: StackStatus, StackName = SERVING): void {
  cloudFormation
    .on(DescribeStacksCommand, { StackName })
    .resolves({ Stacks: [{ StackName, CreationTime: new Date(), StackStatus }] });
}

test('the newest three stay, what the endpoint runs on with its model, and what is not ours', async () => {
  made(6, 1);
  await expect(handler({})).resolves.toEqual({ endpointConfigs: 2, models: 2 });
  expect(deletedModels()).toEqual(['Model-3', 'Model-2']);
  const retired = { endpointConfigs: ['Config-3', 'Config-2'], models: ['Model-3', 'Model-2'] };
  expect(log.mock.calls).toEqual([[JSON.stringify({ retired })]]);
});

test('one that somebody else has deleted meanwhile is no error, and any other error is', async () => {
  made(5, 5);
  const gone = Object.assign(new Error('Could not find model "arn".'), { name: 'ValidationException' });
  sageMaker.on(DeleteModelCommand, { ModelName: 'Model-2' }).rejects(gone);
  await handler({});
  expect(deletedModels()).toEqual(['Model-2', 'Model-1']);
  sageMaker.on(DeleteEndpointConfigCommand).rejects(new Error('not authorized'));
  await expect(handler({})).rejects.toThrow('not authorized');
});

test('nothing is deleted while the stack or the endpoint changes', async () => {
  made(6, 6, 'Updating');
  await expect(handler({})).rejects.toMatchObject({ name: 'EndpointNotReady' });
  stackIs('UPDATE_IN_PROGRESS');
  await expect(handler({})).rejects.toMatchObject({ name: 'StackBusy' });
  expect(deletedModels()).toEqual([]);
});

describe('as a custom resource', () => {
  let server: Server;
  let answers: { method?: string; type?: string; body: unknown }[];
  let status: number;
  beforeEach(async () => {
    [answers, status] = [[], 200];
    server = createServer((request, response) => {
      void json(request).then((body) => {
        answers.push({ method: request.method, type: request.headers['content-type'], body });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const IDS = { StackId: OWN_STACK, RequestId: 'request', LogicalResourceId: 'Retirement' };
  const ask = (RequestType: 'Create' | 'Update' | 'Delete') =>
    handler({
      ...IDS,
      RequestType,
      ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?signature=x`,
      ...(RequestType !== 'Create' && { PhysicalResourceId: 'Retirement' }),
    });

  test.each(['Create', 'Update'] as const)('%s does nothing', async (type) => {
    made(6, 6);
    await ask(type);
    expect(answers).toEqual([
      { method: 'PUT', type: '', body: { ...IDS, Status: 'SUCCESS', PhysicalResourceId: 'Retirement' } },
    ]);
    expect(deletedModels()).toEqual([]);
  });

  // An operation that made it is rolled back, or the template has it no more.
  test.each([
    'ROLLBACK_IN_PROGRESS',
    'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  ] as const)('Delete does nothing in %s', async (status) => {
    made(6, 6);
    stackIs(status, OWN_STACK);
    await ask('Delete');
    expect(answers).toMatchObject([{ body: { ...IDS, Status: 'SUCCESS' } }]);
    expect(sageMaker.calls()).toHaveLength(0);
  });

  test('Delete of a stack that cannot be described does nothing, and is a failure', async () => {
    made(6, 6);
    await ask('Delete');
    expect(answers).toMatchObject([
      { body: { Status: 'FAILED', Reason: expect.stringContaining('StackMissing') as unknown } },
    ]);
    expect(sageMaker.calls()).toHaveLength(0);
  });

  test('Delete leaves what the stack holds itself', async () => {
    made(4, 4);
    stackIs('DELETE_IN_PROGRESS', OWN_STACK);
    await ask('Delete');
    expect(answers).toMatchObject([{ body: { ...IDS, Status: 'SUCCESS' } }]);
    expect(deletedModels()).toEqual(['Model-3', 'Model-2', 'Model-1']);
  });

  test('a failure is an answer with its reason', async () => {
    made(4, 4);
    stackIs('DELETE_IN_PROGRESS', OWN_STACK);
    stackIs('UPDATE_IN_PROGRESS');
    await ask('Delete');
    expect(answers).toMatchObject([
      { body: { Status: 'FAILED', Reason: expect.stringContaining(`StackBusy: stack ${SERVING} is in`) as unknown } },
    ]);
  });

  test('an answer that is not taken is a failure of the function', async () => {
    status = 403;
    await expect(ask('Create')).rejects.toThrow('does not take the answer to Create of Retirement: 403');
  });
});
