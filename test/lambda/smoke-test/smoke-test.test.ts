import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  SageMakerClient,
  type EndpointStatus,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/smoke-test/index';

const MODEL = 's3://artifacts-bucket/models/new/model.tar.gz';
const INTENDED = { modelDataUrl: MODEL, endpointConfigName: 'config-2' };
const ANSWER = [
  [
    { label: 'acceptable', score: 0.9 },
    { label: 'unacceptable', score: 0.1 },
  ],
];
const sageMaker = mockClient(SageMakerClient);
const runtime = mockClient(SageMakerRuntimeClient);

beforeEach(() => {
  sageMaker.reset();
  runtime.reset();
  describeEndpoint('InService');
  sageMaker.on(DescribeEndpointConfigCommand, { EndpointConfigName: 'config-2' }).resolves({
    ProductionVariants: [{ VariantName: 'all', ModelName: 'model-2' }],
  });
  sageMaker.on(DescribeModelCommand, { ModelName: 'model-2' }).resolves({ PrimaryContainer: { ModelDataUrl: MODEL } });
  answer(ANSWER);
});

test('an endpoint that serves the intended model and answers passes', async () => {
  await expect(handler(INTENDED)).resolves.toEqual({
    endpointName: 'cola-dev-instance',
    endpointConfigName: 'config-2',
    milliseconds: expect.any(Number) as number,
  });
  const [call] = runtime.commandCalls(InvokeEndpointCommand);
  expect(call?.args[0].input).toMatchObject({ EndpointName: 'cola-dev-instance', ContentType: 'application/json' });
});

test('the configuration may be unknown', async () => {
  await expect(handler({ ...INTENDED, endpointConfigName: null })).resolves.toBeDefined();
});

test('a model in a list of containers counts too', async () => {
  sageMaker.on(DescribeModelCommand).resolves({ Containers: [{ ModelDataUrl: MODEL }] });
  await expect(handler(INTENDED)).resolves.toBeDefined();
});

test.each<[EndpointStatus, string]>([
  ['Creating', 'EndpointNotReady'],
  ['Updating', 'EndpointNotReady'],
  ['RollingBack', 'EndpointNotReady'],
  ['Failed', 'SmokeTestFailed'],
  ['OutOfService', 'SmokeTestFailed'],
])('an endpoint that is %s is the error %s', async (status, name) => {
  describeEndpoint(status);
  await expect(handler(INTENDED)).rejects.toMatchObject({ name });
  expect(runtime.calls()).toHaveLength(0);
});

test('an endpoint on another configuration, as after a failed update, fails', async () => {
  describeEndpoint('InService', 'config-1');
  await expect(handler(INTENDED)).rejects.toMatchObject({
    name: 'SmokeTestFailed',
    message: expect.stringContaining('runs on the configuration config-1 instead of config-2') as string,
  });
});

test('an endpoint with another model fails', async () => {
  await expect(handler({ ...INTENDED, modelDataUrl: 's3://b/other/model.tar.gz' })).rejects.toThrow(
    `serves ${MODEL} instead of s3://b/other/model.tar.gz`,
  );
});

test('no endpoint fails', async () => {
  const error = Object.assign(new Error('Could not find endpoint "arn:aws:sagemaker:…:endpoint/cola-dev".'), {
    name: 'ValidationException',
  });
  sageMaker.on(DescribeEndpointCommand).rejects(error);
  await expect(handler(INTENDED)).rejects.toThrow('there is no endpoint cola-dev-instance');
});

test.each([
  ['a flat list', ANSWER[0]],
  ['no answer for the text', []],
  ['no labels', [[]]],
  ['bare scores', [[0.1, 0.9]]],
  ['a score that is none', [[{ label: 'acceptable', score: null }]]],
  ['two answers for one text', [ANSWER[0], ANSWER[0]]],
])('%s is not what clients rely on', async (_, body) => {
  answer(body);
  await expect(handler(INTENDED)).rejects.toMatchObject({ name: 'SmokeTestFailed' });
});

test('an answer that is not JSON is not what clients rely on', async () => {
  runtime.on(InvokeEndpointCommand).callsFake(() => ({ Body: Buffer.from('<html>') }));
  await expect(handler(INTENDED)).rejects.toMatchObject({ name: 'SmokeTestFailed' });
});

test("a failing model's own message is told, cut to a length that fits", async () => {
  const OriginalMessage = `No module named "peft" ${'x'.repeat(10_000)}`;
  runtime.on(InvokeEndpointCommand).rejects(new ModelError({ message: 'failed', OriginalMessage, $metadata: {} }));
  const error: unknown = await handler(INTENDED).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'SmokeTestFailed' });
  expect(String(error)).toContain('No module named "peft"');
  expect(String(error).length).toBeLessThan(1200);
});

test.each(['ModelNotReadyException', 'ServiceUnavailable', 'ThrottlingException'])(
  '%s is worth a retry',
  async (name) => {
    runtime.on(InvokeEndpointCommand).rejects(Object.assign(new Error('later'), { name }));
    await expect(handler(INTENDED)).rejects.toMatchObject({ name: 'EndpointNotReady' });
  },
);

function describeEndpoint(status: EndpointStatus, configuration = 'config-2'): void {
  sageMaker.on(DescribeEndpointCommand).resolves({
    EndpointName: 'cola-dev-instance',
    EndpointStatus: status,
    EndpointConfigName: configuration,
  });
}

function answer(value: unknown): void {
  runtime.on(InvokeEndpointCommand).callsFake(() => ({ Body: Buffer.from(JSON.stringify(value)) }));
}
