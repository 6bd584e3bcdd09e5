import { InvokeEndpointCommand, ModelError, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/classify/index';
import { proxyEvent } from './proxy-event';

const PREDICTIONS = [[{ label: 'a', score: 0.4 }], [{ label: 'b', score: 0.9 }]];
const INPUTS = ['one', 'two'];

const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
const stdout = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
const runtime = mockClient(SageMakerRuntimeClient);

beforeEach(() => {
  log.mockClear();
  stdout.mockClear();
  runtime.reset();
});
afterAll(() => {
  log.mockRestore();
  stdout.mockRestore();
});

async function post(parameters: object, inputs: unknown = INPUTS) {
  return handler(proxyEvent(JSON.stringify({ inputs, parameters })));
}

function answers(value: unknown): void {
  runtime.on(InvokeEndpointCommand).resolves({ Body: Buffer.from(JSON.stringify(value)) as never });
}

function refuses(message: string): void {
  const OriginalMessage = JSON.stringify({ code: 400, type: 'InternalServerException', message });
  runtime
    .on(InvokeEndpointCommand)
    .rejects(new ModelError({ message, OriginalMessage, OriginalStatusCode: 400, $metadata: {} }));
}

test('inputs that were cut and uncertain ones are told in headers and counted, and the body is as ever', async () => {
  answers({ predictions: PREDICTIONS, truncated_inputs: [0, 1], uncertain_inputs: [0] });
  const { statusCode, headers, body } = await post({ overflow: 'truncate', min_score: 0.5 });
  expect([statusCode, body]).toEqual([200, JSON.stringify(PREDICTIONS)]);
  expect(headers).toMatchObject({ 'X-Truncated-Inputs': '0,1', 'X-Uncertain-Inputs': '0' });
  const { Accept, Body } = runtime.commandCalls(InvokeEndpointCommand)[0]?.args[0].input ?? {};
  expect(Accept).toBe('application/json;details=true');
  expect(JSON.parse(Body as string)).toEqual({
    inputs: INPUTS,
    parameters: { overflow: 'truncate', min_score: 0.5 },
  });
  expect(stdout).toHaveBeenCalledTimes(1);
  const { _aws, ...counts } = JSON.parse(String(stdout.mock.calls[0]?.[0])) as Record<string, unknown>;
  expect(counts).toEqual({ TruncatedInputs: 2, UncertainInputs: 1 });
  expect(_aws).toMatchObject({
    CloudWatchMetrics: [
      {
        Namespace: 'cola-dev',
        Dimensions: [[]],
        Metrics: [
          { Name: 'TruncatedInputs', Unit: 'Count' },
          { Name: 'UncertainInputs', Unit: 'Count' },
        ],
      },
    ],
  });
});

test('the model that answered is told, whichever it is', async () => {
  for (const model_version of ['0123456789ab', 'classifier-dev-trace-1']) {
    answers({ predictions: PREDICTIONS, truncated_inputs: [], uncertain_inputs: [], model_version });
    expect((await post({})).headers).toMatchObject({ 'X-Model-Version': model_version });
  }
});

test.each([
  ['are none', { predictions: PREDICTIONS, truncated_inputs: [], uncertain_inputs: [] }],
  ['are told by no artifact of before', PREDICTIONS],
])('without such inputs, or where they %s, there is neither header nor metric', async (_, answer) => {
  answers(answer);
  const { statusCode, headers, body } = await post({});
  expect([statusCode, body]).toEqual([200, JSON.stringify(PREDICTIONS)]);
  expect(Object.keys(headers ?? {})).toEqual(['Content-Type', 'Vary']);
  expect(stdout).not.toHaveBeenCalled();
});

test('all of the 256 inputs of a request have room in a header', async () => {
  const indexes = [...Array(256).keys()];
  answers({ predictions: indexes.map(() => []), truncated_inputs: indexes, uncertain_inputs: [] });
  const { headers } = await post(
    {},
    indexes.map(() => 'one'),
  );
  expect(String(headers?.['X-Truncated-Inputs'])).toHaveLength(913);
});

test.each([
  [{ predictions: PREDICTIONS }],
  [{ predictions: PREDICTIONS, truncated_inputs: [-1], uncertain_inputs: [] }],
  [{ predictions: PREDICTIONS, truncated_inputs: ['a text'], uncertain_inputs: [] }],
  [{ predictions: PREDICTIONS, truncated_inputs: [], uncertain_inputs: [], model_version: 'two\r\nheaders' }],
  [{ predictions: PREDICTIONS.slice(1), truncated_inputs: [], uncertain_inputs: [] }],
])('the answer %j is none', async (answer) => {
  answers(answer);
  expect(JSON.parse((await post({})).body)).toMatchObject({ error_type: 'ModelError' });
});

test.each([
  [
    "input 1 has 900 tokens, more than the 128 that this model takes: shorten it, or let 'overflow' be 'truncate'",
    'inputs.1 has 900 tokens, more than the 128 that this model takes: shorten it, or let parameters.overflow be truncate ' +
      'or, for single texts, window',
  ],
  [
    "this model reads no windows, as it classifies pairs: 'overflow' must be 'truncate' or 'error'",
    'this model reads no windows: let parameters.overflow be truncate or error',
  ],
  [
    "'parameters' has the unknown field 'overflow'; known are function_to_apply, top_k",
    'the model in service is older than parameters.overflow: leave it out, or train a model with this version',
  ],
])('the refusal "%s" is told', async (message, error) => {
  refuses(message);
  const { statusCode, body } = await post({ overflow: 'window' });
  expect([statusCode, JSON.parse(body)]).toEqual([422, { error, error_type: 'Validation' }]);
});

test.each([
  [{ overflow: 'cut' }, 'parameters.overflow must be truncate, error or window'],
  [{ overflow: null }, 'parameters.overflow must be truncate, error or window'],
  [{ min_score: 1.5 }, 'parameters.min_score must be a number from 0 to 1'],
  [{ min_score: '0.5' }, 'parameters.min_score must be a number from 0 to 1'],
  [
    { min_score: 0.5, function_to_apply: 'none' },
    'parameters must not have min_score beside the function_to_apply none, which gives logits and no scores',
  ],
])('the parameters %j are refused', async (parameters, error) => {
  const { statusCode, body } = await post(parameters);
  expect([statusCode, JSON.parse(body)]).toEqual([422, { error, error_type: 'Validation' }]);
  expect(runtime.calls()).toHaveLength(0);
});
