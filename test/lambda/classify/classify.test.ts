import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  InvokeEndpointCommand,
  ModelError,
  SageMakerRuntimeClient,
  SageMakerRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-runtime';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { classify } from '../../../lambda/classify/classify';
import { EndpointName } from '../../../lambda/classify/endpoint-name';
import { handler } from '../../../lambda/classify/index';
import { proxyEvent } from './proxy-event';

const SECRET = 'a text that nobody else may see';
const EXPOSED = 'Retry-After, X-Model-Version, X-Truncated-Inputs, X-Uncertain-Inputs';
const METADATA = { requestId: 'aws-request-1' };
const SCORES = [
  { label: 'acceptable', score: 0.9 },
  { label: 'unacceptable', score: 0.1 },
];

const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
const runtime = mockClient(SageMakerRuntimeClient);
const ssm = mockClient(SSMClient);

beforeEach(() => {
  log.mockClear();
  runtime.reset();
  ssm.reset();
  ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'cola-dev-instance' } });
  runtime.on(InvokeEndpointCommand).callsFake(({ Body }: { Body: string }) => {
    const { inputs } = JSON.parse(Body) as { inputs: string[] };
    return answerOf(inputs.map(() => SCORES));
  });
});
afterAll(() => {
  log.mockRestore();
});

describe('a good request', () => {
  test('with one text gets one list in a list', async () => {
    await expect(post({ inputs: SECRET })).resolves.toEqual({
      statusCode: 200,
      headers: { 'Content-Type': 'application/json', Vary: 'Origin' },
      body: JSON.stringify([SCORES]),
    });
    expect(sent()).toEqual({ inputs: [SECRET], parameters: {} });
  });

  test('with several texts gets a list for each', async () => {
    const { body } = await post({ inputs: ['one', 'two', 'three'] });
    expect(JSON.parse(body)).toEqual([SCORES, SCORES, SCORES]);
    expect(runtime.calls()).toHaveLength(1);
  });

  test.each([[{ parameters: {} }]])('may leave out what %j leaves out', async (left) => {
    expect((await post({ inputs: 'one', ...left })).statusCode).toBe(200);
    expect(sent()).toEqual({ inputs: ['one'], parameters: {} });
  });

  test('may be of pairs, alone and in a list', async () => {
    const pair = { text: SECRET, text_pair: 'two' };
    expect((await post({ inputs: pair })).statusCode).toBe(200);
    expect(sent()).toEqual({ inputs: [pair], parameters: {} });
    expect((await post({ inputs: [pair, pair] })).statusCode).toBe(200);
    const [, call] = runtime.commandCalls(InvokeEndpointCommand);
    expect(JSON.parse(call?.args[0].input.Body as string)).toEqual({ inputs: [pair, pair], parameters: {} });
    expect(JSON.stringify(log.mock.calls)).not.toContain(SECRET);
  });

  test('may get no label, of a model of several', async () => {
    runtime.on(InvokeEndpointCommand).callsFake(() => answerOf([[]]));
    await expect(post({ inputs: 'one' })).resolves.toMatchObject({ statusCode: 200, body: '[[]]' });
  });

  test('has its parameters passed on', async () => {
    const parameters = { top_k: 1, function_to_apply: 'sigmoid' };
    await post({ inputs: 'one', parameters });
    expect(sent()).toEqual({ inputs: ['one'], parameters });
  });

  test.each<[string, Record<string, string>]>([
    ['a charset', { 'content-type': 'application/json; charset=utf-8' }],
    ['capitals', { 'CONTENT-TYPE': 'Application/JSON' }],
    ['no content type', {}],
  ])('may have %s', async (_, headers) => {
    const { statusCode } = await handler(proxyEvent('{"inputs":"one"}', headers));
    expect(statusCode).toBe(200);
  });

  test('may be base64 encoded', async () => {
    const body = Buffer.from(JSON.stringify({ inputs: 'grüße' })).toString('base64');
    const { statusCode } = await handler(proxyEvent(body, undefined, true));
    expect(statusCode).toBe(200);
    expect(sent()).toMatchObject({ inputs: ['grüße'] });
  });

  test('may have 256 texts and 256 kB', async () => {
    const inputs = Array.from({ length: 256 }, () => 'x'.repeat(950));
    expect((await post({ inputs })).statusCode).toBe(200);
  });

  test('is logged in one line without its text', async () => {
    await post({ inputs: [SECRET, SECRET] });
    expect(log).toHaveBeenCalledTimes(1);
    expect(logged()).toEqual({
      requestId: 'request-1',
      status: 200,
      inputs: 2,
      milliseconds: expect.any(Number) as number,
    });
  });
});

const json = (value: unknown) => proxyEvent(JSON.stringify(value));
const badRequests: [string, APIGatewayProxyEvent, number, string, string][] = [
  ['no body', proxyEvent(null), 400, 'BadRequest', 'the body is missing: send a JSON object with the field inputs'],
  ['an empty body', proxyEvent(''), 400, 'BadRequest', 'the body is missing: send a JSON object with the field inputs'],
  ['no JSON', proxyEvent(`{"inputs": "${SECRET}`), 400, 'BadRequest', 'the body is not valid JSON in UTF-8'],
  [
    'no UTF-8',
    proxyEvent(Buffer.from('{"inputs":"gr\u00fc\u00dfe"}', 'latin1').toString('base64'), undefined, true),
    400,
    'BadRequest',
    'the body is not valid JSON in UTF-8',
  ],
  ...[[SECRET], SECRET, 7, null].map((body): (typeof badRequests)[number] => [
    `the body ${JSON.stringify(body)}`,
    json(body),
    400,
    'BadRequest',
    'the body must be a JSON object with the field inputs',
  ]),
  ['no inputs', json({}), 400, 'BadRequest', 'inputs is missing: send a text or a list of texts'],
  [
    'null for inputs',
    json({ inputs: null }),
    422,
    'Validation',
    'inputs must be a string, an object with text and text_pair, or a list of either',
  ],
  ['an unknown field', json({ inputs: SECRET, top_k: 1 }), 422, 'Validation', 'top_k is not a known field'],
  [
    'an unknown parameter',
    json({ inputs: SECRET, parameters: { k: 1 } }),
    422,
    'Validation',
    'parameters.k is not a known field',
  ],
  ['an empty text', json({ inputs: '' }), 422, 'Validation', 'inputs must not be empty'],
  ['a blank text', json({ inputs: ' \n' }), 422, 'Validation', 'inputs must not be empty'],
  ['an empty list', json({ inputs: [] }), 422, 'Validation', 'inputs must not be empty'],
  [
    'half of a surrogate pair',
    json({ inputs: ['a', '\ud83d'] }),
    422,
    'Validation',
    'inputs.1 must be valid Unicode: it has half of a surrogate pair',
  ],
  [
    'a number',
    json({ inputs: 7 }),
    422,
    'Validation',
    'inputs must be a string, an object with text and text_pair, or a list of either',
  ],
  ['a number in the list', json({ inputs: [SECRET, 7] }), 422, 'Validation', 'inputs.1 must be a string'],
  [
    'a pair among texts',
    json({ inputs: [SECRET, { text: SECRET, text_pair: SECRET }] }),
    422,
    'Validation',
    'inputs.1 must be a string',
  ],
  [
    'a text among pairs',
    json({ inputs: [{ text: SECRET, text_pair: SECRET }, SECRET] }),
    422,
    'Validation',
    'inputs.1 must be an object',
  ],
  [
    'half a pair',
    json({ inputs: { text: SECRET } }),
    422,
    'Validation',
    'inputs.text_pair is missing: a pair is of two texts',
  ],
  [
    'a pair with a third text',
    json({ inputs: [{ text: SECRET, text_pair: SECRET, third: SECRET }] }),
    422,
    'Validation',
    'inputs.0.third is not a known field',
  ],
  [
    'a pair with an empty text',
    json({ inputs: [{ text: SECRET, text_pair: ' ' }] }),
    422,
    'Validation',
    'inputs.0.text_pair must not be empty',
  ],
  ['null for parameters', json({ inputs: 'one', parameters: null }), 422, 'Validation', 'parameters must be an object'],
  ['null in the list', json({ inputs: [null] }), 422, 'Validation', 'inputs.0 must be a string'],
  [
    'an empty text in the list',
    json({ inputs: [SECRET, SECRET, ''] }),
    422,
    'Validation',
    'inputs.2 must not be empty',
  ],
  [
    'parameters that are none',
    json({ inputs: SECRET, parameters: 1 }),
    422,
    'Validation',
    'parameters must be an object',
  ],
  ...[0, -1, 1.5, '1', null].map((top_k): (typeof badRequests)[number] => [
    `top_k ${JSON.stringify(top_k)}`,
    json({ inputs: SECRET, parameters: { top_k } }),
    422,
    'Validation',
    'parameters.top_k must be a whole number of at least 1',
  ]),
  ...['argmax', null].map((function_to_apply): (typeof badRequests)[number] => [
    `function_to_apply ${JSON.stringify(function_to_apply)}`,
    json({ inputs: SECRET, parameters: { function_to_apply } }),
    422,
    'Validation',
    'parameters.function_to_apply must be softmax, sigmoid or none',
  ]),
  [
    '257 texts',
    json({ inputs: Array(257).fill('x') }),
    413,
    'PayloadTooLarge',
    'too many inputs: send at most 256 at once',
  ],
  [
    '10,000 texts',
    json({ inputs: Array(10_000).fill('x') }),
    413,
    'PayloadTooLarge',
    'too many inputs: send at most 256 at once',
  ],
  [
    'a text of 1 MB',
    json({ inputs: 'x'.repeat(1_000_000) }),
    413,
    'PayloadTooLarge',
    'the body is too large: send at most 256 kB',
  ],
  [
    'few characters but many bytes',
    json({ inputs: '你'.repeat(100_000) }),
    413,
    'PayloadTooLarge',
    'the body is too large: send at most 256 kB',
  ],
  [
    'another content type',
    proxyEvent(SECRET, { 'content-type': 'text/plain' }),
    415,
    'UnsupportedMediaType',
    'the content type must be application/json',
  ],
];
test.each(badRequests)('%s is refused', async (_, event, status, type, message) => {
  const response = await handler(event);

  expect(response.statusCode).toBe(status);
  expect(JSON.parse(response.body)).toEqual({ error: message, error_type: type });
  expect(runtime.calls()).toEqual([]);
  expect(logged()).toMatchObject({ status, error: type });
  expect(JSON.stringify(log.mock.calls)).not.toContain(SECRET);
});

const leak = `Endpoint of account 123456789012 said ${SECRET}`;
const failures: [string, Error, number, string][] = [
  ['a failing model', modelError(500), 424, 'ModelError'],
  ['a model whose status is not told', modelError(undefined), 424, 'ModelError'],
  ['a model that refuses the request', modelError(400), 422, 'Validation'],
  ['a model that takes no more at once', modelError(413), 413, 'PayloadTooLarge'],
  ['a model that is asked too much', modelError(429), 429, 'Overloaded'],
  [
    'a model that SageMaker gave up on',
    modelError(500, `Your invocation timed out while waiting for ${leak}`),
    504,
    'Timeout',
  ],
  ['throttling', fault('ThrottlingException', leak), 429, 'Overloaded'],
  [
    'no endpoint',
    fault('ValidationError', `Endpoint cola-dev of account 123456789012 not found. ${SECRET}`),
    503,
    'Unavailable',
  ],
  ['a request that SageMaker refuses', fault('ValidationError', leak), 500, 'Internal'],
  ['SageMaker being down', fault('ServiceUnavailable', leak), 503, 'Unavailable'],
  ['a model that starts', fault('ModelNotReadyException', leak), 503, 'Unavailable'],
  ['a fault of AWS', fault('InternalFailure', leak), 500, 'Internal'],
  ['a missing permission', fault('AccessDeniedException', leak), 500, 'Internal'],
  ['no server at all', Object.assign(new Error(leak), { code: 'ECONNREFUSED' }), 503, 'Unavailable'],
  ['a bug', new TypeError(leak), 500, 'Internal'],
  ['a bug that Node.js finds', Object.assign(new TypeError(leak), { code: 'ERR_INVALID_ARG_TYPE' }), 500, 'Internal'],
];
const RETRY_AFTER: Partial<Record<number, string>> = { 429: '1', 503: '30' };
test.each(failures)('%s is told without a word of what AWS says', async (_, error, status, type) => {
  runtime.on(InvokeEndpointCommand).rejects(error);
  const response = await post({ inputs: [SECRET, SECRET] });

  expect(response.statusCode).toBe(status);
  expect(JSON.parse(response.body)).toEqual({
    error: expect.stringMatching(/^[a-z ,:]+$/) as string,
    error_type: type,
  });
  expect(response.headers?.['Retry-After']).toBe(RETRY_AFTER[status]);
  expect(logged()).toMatchObject({ status, inputs: 2, error: type, cause: error.name });
  expect(JSON.stringify([response, log.mock.calls])).not.toMatch(new RegExp(`${SECRET}|123456789012`));
});

test.each([
  ['no endpoint', fault('ValidationError', 'Endpoint cola-dev not found.'), 'no model is in service yet'],
  ['a lost connection', Object.assign(new Error(), { code: 'ECONNRESET' }), 'the model cannot be reached'],
  ['no address', Object.assign(new Error(), { code: 'EAI_AGAIN' }), 'the model cannot be reached'],
])('%s is told from other reasons to try again later', async (_, error, words) => {
  runtime.on(InvokeEndpointCommand).rejects(error);
  const { body } = await post({ inputs: 'one' });
  expect((JSON.parse(body) as { error: string }).error).toContain(words);
});

test.each([
  ['pairs', 'this model classifies pairs: send objects with text and text_pair'],
  ['single texts', 'this model classifies single texts: send strings'],
])('a model of %s that is asked for others says so', async (kind, sentence) => {
  const OriginalMessage = `{"code": 400, "message": "input 0 is ${SECRET}: this model classifies ${kind}"}`;
  runtime.on(InvokeEndpointCommand).rejects(Object.assign(modelError(400), { OriginalMessage }));
  const response = await post({ inputs: 'one' });
  expect(response.statusCode).toBe(422);
  expect(JSON.parse(response.body)).toEqual({ error: sentence, error_type: 'Validation' });
});

test("AWS's own id of a request that failed is in the log", async () => {
  runtime.on(InvokeEndpointCommand).rejects(modelError(500));
  await post({ inputs: 'one' });
  expect(logged()).toMatchObject({ awsRequestId: 'aws-request-1' });
});

describe('an answer', () => {
  // Lambda counts the body as a JSON string, each quote as two.
  const label = 'x'.repeat(1000);
  const score = { label, score: 0.5 };
  const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(score)));
  const labels = (total: number) => Array<typeof score>(Math.floor(total / bytes)).fill(score);

  test.each([
    ['just below', 6_200_000, 200],
    ['above', 6_400_000, 413],
  ])('%s what Lambda may answer gets %i', async (_, total, status) => {
    runtime.on(InvokeEndpointCommand).callsFake(() => answerOf([labels(total)]));
    const response = await post({ inputs: 'one' });
    expect(response.statusCode).toBe(status);
    expect(Buffer.byteLength(JSON.stringify(response))).toBeLessThan(6 * 1024 * 1024);
    if (status === 413) {
      expect(JSON.parse(response.body)).toEqual({
        error: 'the answer would be too large: send fewer texts at once, or lower top_k',
        error_type: 'PayloadTooLarge',
      });
    }
  });
});

describe('an endpoint that is gone', () => {
  const gone = fault('ValidationError', 'Endpoint cola-dev-instance of account 123456789012 not found.');
  const missing = (EndpointName: string) => runtime.on(InvokeEndpointCommand, { EndpointName }).rejects(gone);
  const asked = () => runtime.commandCalls(InvokeEndpointCommand).map(({ args }) => args[0].input.EndpointName);
  let name: EndpointName;
  const request = () =>
    classify(proxyEvent('{"inputs":"one"}'), {
      endpoint: { name, runtime: new SageMakerRuntimeClient(), timeoutMilliseconds: 1000 },
      allowedOrigins: [],
      metricNamespace: 'cola-dev',
    });
  beforeEach(() => {
    name = new EndpointName('cola-dev-instance', '/cola-dev/endpoint-name');
    missing('cola-dev-instance');
  });

  test('was replaced by one of another name: that one answers, from then on at once', async () => {
    ssm.on(GetParameterCommand, { Name: '/cola-dev/endpoint-name' }).resolves({ Parameter: { Value: 'another' } });
    expect((await request()).statusCode).toBe(200);
    expect((await request()).statusCode).toBe(200);
    expect(asked()).toEqual(['cola-dev-instance', 'another', 'another']);
    expect(ssm.calls()).toHaveLength(1);
  });

  test('was taken down: that is not looked up again for each request', async () => {
    expect((await request()).statusCode).toBe(503);
    expect((await request()).statusCode).toBe(503);
    expect(asked()).toHaveLength(2);
    expect(ssm.calls()).toHaveLength(1);
  });

  test('was replaced by one that is gone too', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'another' } });
    missing('another');
    expect((await request()).statusCode).toBe(503);
  });

  test('and the stack that told its name is gone too', async () => {
    ssm.on(GetParameterCommand).rejects(new ParameterNotFound({ message: 'none', $metadata: METADATA }));
    expect((await request()).statusCode).toBe(503);
  });

  test.each([
    ['ThrottlingException', 429],
    ['AccessDeniedException', 500],
  ])('and SSM answers %s', async (errorName, status) => {
    ssm.on(GetParameterCommand).rejects(fault(errorName, leak));
    const { statusCode, body } = await request();
    expect(statusCode).toBe(status);
    expect(body).not.toContain(leak);
  });
});

test('what the log tells of a bug is where it happened', async () => {
  runtime.on(InvokeEndpointCommand).rejects(new TypeError(leak));
  await post({ inputs: SECRET });
  expect(logged()).toMatchObject({
    frames: expect.arrayContaining([expect.stringContaining('at ') as string]) as string[],
  });
});

test.each([
  ['no JSON', '<html>'],
  ['an error', '{"code":400,"type":"InternalServerException"}'],
  ['a flat list', JSON.stringify(SCORES)],
  ['too few lists', JSON.stringify([SCORES])],
  ['a score that is none', '[[{"label":"a","score":"high"}],[{"label":"a","score":1}]]'],
])('an endpoint that answers %s is a failed model', async (_, body) => {
  runtime.on(InvokeEndpointCommand).callsFake(() => ({ Body: Buffer.from(body) }));
  const response = await post({ inputs: ['one', 'two'] });
  expect(response.statusCode).toBe(424);
  expect(JSON.parse(response.body)).toMatchObject({ error_type: 'ModelError' });
});

describe('CORS', () => {
  const preflight = (Origin: string) => handler({ ...proxyEvent(null, { Origin }), httpMethod: 'OPTIONS' });

  test('lets an allowed origin read answers and errors', async () => {
    for (const body of ['{"inputs":"one"}', 'no JSON']) {
      const { headers } = await handler(proxyEvent(body, { origin: 'https://other.example.com' }));
      expect(headers).toMatchObject({
        'Access-Control-Allow-Origin': 'https://other.example.com',
        'Access-Control-Expose-Headers': EXPOSED,
        Vary: 'Origin',
      });
    }
  });

  test('tells an allowed origin what it may send', async () => {
    const { statusCode, headers } = await preflight('https://other.example.com');
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      'Access-Control-Allow-Origin': 'https://other.example.com',
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': expect.stringContaining('X-Api-Key') as string,
      Vary: 'Origin',
    });
    expect(runtime.calls()).toEqual([]);
  });

  test.each(['https://evil.example.com', 'https://app.example.com.evil.com', 'null'])(
    'does not let %s',
    async (Origin) => {
      for (const { headers } of [await handler(proxyEvent('{"inputs":"one"}', { Origin })), await preflight(Origin)]) {
        expect(headers).not.toHaveProperty('Access-Control-Allow-Origin');
        expect(headers).toHaveProperty('Vary', 'Origin');
      }
    },
  );

  test.each<[string, string[], Record<string, string>]>([
    ['is silent where no origin is allowed', [], {}],
    ['lets everyone with *', ['*'], { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': EXPOSED }],
  ])('%s', async (_, allowedOrigins, expected) => {
    const endpoint = {
      name: new EndpointName('cola-dev-instance', '/cola-dev/endpoint-name'),
      runtime: new SageMakerRuntimeClient(),
      timeoutMilliseconds: 1000,
    };
    const event = proxyEvent('{"inputs":"one"}', { Origin: 'https://app.example.com' });
    const { headers } = await classify(event, { endpoint, allowedOrigins, metricNamespace: 'cola-dev' });
    expect(headers).toEqual({ 'Content-Type': 'application/json', ...expected });
  });
});

describe('over the wire', () => {
  let server: Server;
  let url: string;
  let requests: string[];
  let headers: IncomingHttpHeaders;

  beforeEach(async () => {
    runtime.restore();
    requests = [];
    server = createServer((request, response) => {
      requests.push(request.url ?? '');
      ({ headers } = request);
      if (request.url?.includes('missing')) {
        response.writeHead(400, { 'x-amzn-errortype': 'ValidationError' });
        response.end(JSON.stringify({ message: 'Endpoint missing of account 123456789012 not found.' }));
      } else if (request.url?.includes('busy')) {
        response.writeHead(400, { 'x-amzn-errortype': 'ThrottlingException' }).end('{"message":"Rate exceeded"}');
      } else if (request.url?.includes('failing')) {
        response.writeHead(424, { 'x-amzn-errortype': 'ModelError' });
        response.end(JSON.stringify({ Message: 'failed', OriginalMessage: SECRET, OriginalStatusCode: 400 }));
      } else if (request.url?.includes('down')) {
        response.writeHead(503, { 'x-amzn-errortype': 'ServiceUnavailable:http://internal.amazon.com/' }).end();
      } else if (!request.url?.includes('slow')) {
        response.end(JSON.stringify([SCORES]));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ['good', 200, 1],
    ['missing', 503, 1],
    ['busy', 429, 2],
    ['failing', 422, 1],
    ['down', 503, 2],
    ['slow', 504, 1],
  ])('the endpoint "%s" gives %i after %i attempts', async (name, status, attempts) => {
    const response = await ask(name, url);
    expect(response.statusCode).toBe(status);
    expect(requests).toEqual(Array(attempts).fill(`/endpoints/${name}/invocations`));
  });

  test('a request is signed for SageMaker, with the credentials that Lambda puts into the environment', async () => {
    await ask('good', url);
    expect(headers).toMatchObject({
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/us-east-1\/sagemaker\/aws4_request, SignedHeaders=.*host.*, Signature=/,
      ) as string,
    });
  });
});

async function ask(name: string, url: string) {
  ssm.on(GetParameterCommand).resolves({ Parameter: { Value: name } });
  const client = new SageMakerRuntimeClient({ endpoint: url, maxAttempts: 2 });
  const endpointName = new EndpointName(name, '/cola-dev/endpoint-name');
  // Where an answer comes, it comes in time, however busy this machine is.
  const timeoutMilliseconds = name === 'slow' ? 1000 : 30_000;
  const endpoint = { name: endpointName, runtime: client, timeoutMilliseconds };
  return classify(proxyEvent('{"inputs":"one"}'), { endpoint, allowedOrigins: [], metricNamespace: 'cola-dev' });
}

async function post(body: object) {
  return handler(proxyEvent(JSON.stringify(body)));
}

function sent(): unknown {
  const [call] = runtime.commandCalls(InvokeEndpointCommand);
  return JSON.parse(call?.args[0].input.Body as string);
}

function answerOf(value: unknown) {
  return { Body: Buffer.from(JSON.stringify(value)) };
}

function logged(): unknown {
  return JSON.parse(log.mock.calls[0]?.[0] as string);
}

function modelError(OriginalStatusCode: number | undefined, message = leak): Error {
  return new ModelError({ message, OriginalMessage: leak, OriginalStatusCode, $metadata: METADATA });
}

function fault(name: string, message: string): Error {
  return new SageMakerRuntimeServiceException({ name, message, $fault: 'client', $metadata: METADATA });
}
