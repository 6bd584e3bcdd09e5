import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/classify/index';
import { proxyEvent } from './proxy-event';

const URL = 's3://artifacts-bucket/models/new/model.tar.gz';
const DESCRIPTION = {
  version: '0123456789ab',
  labels: ['acceptable', 'unacceptable'],
  text_pair: false,
  several_labels: false,
  metrics: { accuracy: 0.9, rows: 100 },
  trained_at: '2026-11-26T12:00:00+00:00',
};

const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
const runtime = mockClient(SageMakerRuntimeClient);
const s3 = mockClient(S3Client);
mockClient(SSMClient)
  .on(GetParameterCommand)
  .resolves({ Parameter: { Value: 'cola-dev-instance' } });

beforeEach(() => {
  runtime.reset();
  s3.reset();
});
afterAll(() => {
  log.mockRestore();
});

const get = () => handler({ ...proxyEvent(null, { origin: 'https://app.example.com' }), httpMethod: 'GET' });

function says(description: object): void {
  runtime.on(InvokeEndpointCommand).resolves({ Body: Buffer.from(JSON.stringify(description)) as never });
}

function recorded(record: object): void {
  const Body = { transformToString: () => Promise.resolve(JSON.stringify(record)) } as never;
  s3.on(GetObjectCommand, { Bucket: 'artifacts-bucket', Key: 'in-service.json' }).resolves({ Body });
}

test('the model that is in service tells what it is, and the record since when', async () => {
  says({ ...DESCRIPTION, model_data_url: URL });
  recorded({ serving: { modelDataUrl: URL }, promotedAt: '2026-11-26T12:30:00Z' });
  const { statusCode, headers, body } = await get();
  expect([statusCode, JSON.parse(body)]).toEqual([200, { ...DESCRIPTION, deployed_at: '2026-11-26T12:30:00Z' }]);
  expect(headers).toMatchObject({
    'X-Model-Version': '0123456789ab',
    'Access-Control-Allow-Origin': 'https://app.example.com',
  });
  const { Body } = runtime.commandCalls(InvokeEndpointCommand)[0]?.args[0].input ?? {};
  expect(JSON.parse(Body as string)).toEqual({ describe: true });
});

test.each([
  [
    'the record is of the model before',
    () => {
      recorded({ serving: { modelDataUrl: 's3://other' }, promotedAt: '2026-11-25T12:30:00Z' });
    },
  ],
  [
    'there is no record',
    () => {
      s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'none', $metadata: {} }));
    },
  ],
])('while %s, it is not told since when', async (_, given) => {
  says({ ...DESCRIPTION, model_data_url: URL });
  given();
  expect(JSON.parse((await get()).body)).toEqual({ ...DESCRIPTION, deployed_at: null });
});

test('a model of before is told to be one', async () => {
  const OriginalMessage = "the request has the unknown field 'describe'; known are inputs, parameters";
  runtime
    .on(InvokeEndpointCommand)
    .rejects(new ModelError({ message: '', OriginalMessage, OriginalStatusCode: 400, $metadata: {} }));
  const { statusCode, body } = await get();
  expect([statusCode, JSON.parse(body)]).toEqual([
    422,
    {
      error: 'the model in service is older than GET /model: train a model with this version',
      error_type: 'Validation',
    },
  ]);
});

test.each([
  [
    'an answer that is no description',
    () => {
      says([[]]);
    },
    424,
    'ModelError',
  ],
  [
    'no endpoint',
    () => {
      runtime.on(InvokeEndpointCommand).rejects(Object.assign(new Error('not found'), { name: 'ValidationError' }));
    },
    503,
    'Unavailable',
  ],
  [
    'S3 that refuses',
    () => {
      says({ ...DESCRIPTION, model_data_url: URL });
      s3.on(GetObjectCommand).rejects(new Error('arn:secret'));
    },
    500,
    'Internal',
  ],
])('%s is an error as of POST /classify', async (_, given, status, error_type) => {
  given();
  const { statusCode, body } = await get();
  expect([statusCode, JSON.parse(body)]).toEqual([status, { error: expect.any(String) as string, error_type }]);
  expect(body).not.toContain('secret');
});
