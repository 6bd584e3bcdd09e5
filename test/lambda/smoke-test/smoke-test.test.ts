import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  SageMakerClient,
  type EndpointStatus,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { storedText } from '../stored-text';
import { handler } from '../../../lambda/smoke-test/index';

const MODEL = 's3://artifacts-bucket/models/new/model.tar.gz';
const INTENDED = { profile: 'cpu', modelDataUrl: MODEL, endpointConfigName: 'config-2', isToldSlow: false } as const;
const ANSWER = [
  [
    { label: 'acceptable', score: 0.9 },
    { label: 'unacceptable', score: 0.1 },
  ],
];
const sageMaker = mockClient(SageMakerClient);
const s3 = mockClient(S3Client);
const runtime = mockClient(SageMakerRuntimeClient);

beforeEach(() => {
  sageMaker.reset();
  runtime.reset();
  s3.reset();
  s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'no', $metadata: {} }));
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
    warnings: [],
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

describe('a model with known answers', () => {
  const REFERENCE = {
    texts: ['a lamp', 'the lamp is green'],
    tokens: [4, 6],
    labels: ['unacceptable', 'acceptable'],
    scores: {
      fp32: [
        [0.1, 0.9],
        [0.3, 0.7],
      ],
      int8: [
        [0.12, 0.88],
        [0.31, 0.69],
      ],
    },
  };
  const scored = (rows: readonly (readonly number[])[]) =>
    rows.map((row) => row.map((score, id) => ({ label: REFERENCE.labels[id], score })).reverse());

  beforeEach(() => {
    s3.on(GetObjectCommand, { Bucket: 'artifacts-bucket', Key: 'models/new/reference.json' }).resolves(
      storedText(JSON.stringify(REFERENCE)),
    );
  });

  test.each(Object.entries(REFERENCE.scores))('passes with those of %s', async (_, rows) => {
    answer(scored(rows.map(([no = 0, yes = 0]) => [no + 0.0009, yes - 0.0009])));
    await expect(handler(INTENDED)).resolves.toBeDefined();
    const [call] = runtime.commandCalls(InvokeEndpointCommand);
    expect(JSON.parse(call?.args[0].input.Body as string)).toEqual({
      inputs: REFERENCE.texts,
      parameters: { top_k: 2 },
    });
  });

  test('that could be given in int8 and are given in fp32 come several times later, which is told', async () => {
    const warnings = async (profile: 'cpu' | 'gpu') => (await handler({ ...INTENDED, profile })).warnings;
    answer(scored(REFERENCE.scores.fp32));
    expect(await warnings('cpu')).toEqual([expect.stringContaining('so that PyTorch serves, several times slower')]);
    // The gate has foreseen it.
    expect((await handler({ ...INTENDED, isToldSlow: true })).warnings).toEqual([]);
    // There, PyTorch is to serve.
    expect(await warnings('gpu')).toEqual([]);
    answer(scored(REFERENCE.scores.int8));
    expect(await warnings('cpu')).toEqual([]);
    expect(await warnings('gpu')).toEqual([expect.stringContaining('answers in int8 on the CPU, not on a GPU')]);
    // As TF32 may come close to them.
    answer(scored(REFERENCE.scores.int8.map(([no = 0, yes = 0]) => [no + 0.0005, yes - 0.0005])));
    expect(await warnings('gpu')).toEqual([]);
    const { fp32 } = REFERENCE.scores;
    s3.on(GetObjectCommand).resolves(storedText(JSON.stringify({ ...REFERENCE, scores: { fp32 } })));
    answer(scored(fp32));
    expect(await warnings('cpu')).toEqual([]);
  });

  test('is asked for pairs where it classifies them', async () => {
    const texts = REFERENCE.texts.map((text) => ({ text, text_pair: 'a boat' }));
    s3.on(GetObjectCommand).resolves(storedText(JSON.stringify({ ...REFERENCE, texts })));
    answer(scored(REFERENCE.scores.fp32));
    await expect(handler(INTENDED)).resolves.toBeDefined();
    const [call] = runtime.commandCalls(InvokeEndpointCommand);
    expect(JSON.parse(call?.args[0].input.Body as string)).toMatchObject({ inputs: texts });
  });

  test('fails with others, and with one text of each form', async () => {
    answer(
      scored([
        [0.1, 0.9],
        [0.25, 0.75],
      ]),
    );
    await expect(handler(INTENDED)).rejects.toMatchObject({
      name: 'SmokeTestFailed',
      message: expect.stringMatching(
        /^endpoint cola-dev-instance answers text 2 of reference\.json with scores that are 0\.05\d* off where 0\.001 is allowed: .*; train again, or deploy another artifact/,
      ) as string,
    });
    answer(
      scored([
        [0.1, 0.9],
        [0.31, 0.69],
      ]),
    );
    await expect(handler(INTENDED)).rejects.toMatchObject({ name: 'SmokeTestFailed' });
  });

  test('fails with other labels', async () => {
    answer([ANSWER[0], ANSWER[0]?.map(({ score }, id) => ({ label: `label ${id}`, score }))]);
    await expect(handler(INTENDED)).rejects.toThrow('answers text 2 of reference.json with other labels');
  });

  test('may be further off on a GPU', async () => {
    answer(
      scored([
        [0.109, 0.891],
        [0.3, 0.7],
      ]),
    );
    await expect(handler({ ...INTENDED, profile: 'gpu' })).resolves.toBeDefined();
    await expect(handler(INTENDED)).rejects.toThrow('answers text 1 of reference.json');
  });
});

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
