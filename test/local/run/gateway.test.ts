import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Gateway, openGateway } from '../../../local/run/gateway';
import type { ApiResource } from '../../../local/aws/api-gateway/resource-types';
import { type InvokeFunction, RestApi } from '../../../local/aws/api-gateway/rest-api';
import { accessKeyOf } from '../../../local/aws/iam/role-session';

const KEY = 'the-key';

function resource(type: string, physicalId: string, properties: Record<string, unknown>): ApiResource {
  return { type: `AWS::ApiGateway::${type}`, physicalId, properties: { RestApiId: 'api', ...properties } };
}

const response = (type: string, statusCode: string | undefined, errorType: string) =>
  resource('GatewayResponse', type, {
    ResponseType: type,
    ...(statusCode === undefined ? {} : { StatusCode: statusCode }),
    ResponseTemplates: {
      'application/json': `{"error":$context.error.messageString,"error_type":"${errorType}"}`,
    },
    ResponseParameters: {
      'gatewayresponse.header.Access-Control-Allow-Origin': 'method.request.header.Origin',
      ...(type === 'THROTTLED' ? { 'gatewayresponse.header.Retry-After': "'1'" } : {}),
    },
  });

const resources: ApiResource[] = [
  resource('RestApi', 'api', {}),
  resource('Resource', 'res', { PathPart: 'classify', ParentId: 'root' }),
  resource('Method', 'post', {
    HttpMethod: 'POST',
    ResourceId: 'res',
    ApiKeyRequired: true,
    Integration: {
      Type: 'AWS_PROXY',
      IntegrationHttpMethod: 'POST',
      Uri: 'arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:0:function:classify/invocations',
    },
  }),
  resource('Stage', 'stage', { StageName: 'v1', DeploymentId: 'deployment' }),
  resource('ApiKey', 'key', { Enabled: true }),
  resource('UsagePlan', 'plan', { Throttle: { RateLimit: 1, BurstLimit: 1000 } }),
  resource('UsagePlanKey', 'plan-key', { KeyId: 'key', KeyType: 'API_KEY', UsagePlanId: 'plan' }),
  response('INVALID_API_KEY', undefined, 'Forbidden'),
  response('MISSING_AUTHENTICATION_TOKEN', '404', 'NotFound'),
  response('BAD_REQUEST_BODY', undefined, 'BadRequest'),
  response('THROTTLED', undefined, 'Overloaded'),
  response('INVALID_SIGNATURE', undefined, 'Forbidden'),
  response('DEFAULT_4XX', undefined, 'Default4'),
  response('DEFAULT_5XX', undefined, 'Default5'),
];

let gateway: Gateway;
let invoked: { functionArn: string; event: unknown }[];
let answer: InvokeFunction;

const serve = (changed: ApiResource[] = resources) => {
  gateway.serve(
    RestApi.fromResources(changed, KEY, (functionArn, event, signal) => {
      invoked.push({ functionArn, event });
      return answer(functionArn, event, signal);
    }),
  );
};

beforeAll(async () => {
  gateway = await openGateway(0);
});
afterAll(() => gateway.close());
beforeEach(() => {
  invoked = [];
  answer = () => Promise.resolve({ payload: { statusCode: 200, headers: { 'X-Extra': 'yes' }, body: '[[]]' } });
  serve();
});

const post = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    body: '{"inputs": "a"}',
    ...init,
    headers: { 'content-type': 'application/json', 'x-api-key': KEY, ...(init.headers as Record<string, string>) },
  });

it.each(['/classify', '/v1/classify'])('hands POST %s to the function and its answer back', async (path) => {
  const result = await post(`${path}?a=1&a=2`, { headers: { 'X-Custom': 'one' } });
  expect(result.status).toBe(200);
  expect(result.headers.get('x-extra')).toBe('yes');
  expect(await result.json()).toEqual([[]]);
  expect(invoked).toHaveLength(1);
  expect(invoked[0]).toMatchObject({
    functionArn: 'arn:aws:lambda:r:0:function:classify',
    event: {
      httpMethod: 'POST',
      path: '/classify',
      resource: '/classify',
      body: '{"inputs": "a"}',
      isBase64Encoded: false,
      headers: { 'X-Custom': 'one' },
      queryStringParameters: { a: '2' },
      multiValueQueryStringParameters: { a: ['1', '2'] },
      requestContext: { stage: 'v1', requestId: expect.stringMatching(/^[\da-f-]{36}$/) as string },
    },
  });
});

it.each<[string, string, RequestInit, number, object]>([
  ['no key', '/classify', { headers: { 'x-api-key': '' } }, 403, { error: 'Forbidden', error_type: 'Forbidden' }],
  [
    'a wrong key',
    '/classify',
    { headers: { 'x-api-key': 'no' } },
    403,
    { error: 'Forbidden', error_type: 'Forbidden' },
  ],
  ['another path', '/other', {}, 404, { error: 'Missing Authentication Token', error_type: 'NotFound' }],
  [
    'another method',
    '/classify',
    { method: 'PUT' },
    404,
    { error: 'Missing Authentication Token', error_type: 'NotFound' },
  ],
  [
    'a body that is no UTF-8',
    '/classify',
    { body: Buffer.from([...Buffer.from('{"inputs": "'), 0xe9, ...Buffer.from('"}')]) },
    400,
    { error: 'Invalid request body', error_type: 'BadRequest' },
  ],
  [
    '11 MB',
    '/classify',
    { body: JSON.stringify({ inputs: 'x'.repeat(11 * 1024 * 1024) }) },
    413,
    { error: 'Request Too Long', error_type: 'Default4' },
  ],
])('answers %s by itself', async (_, path, init, status, body) => {
  const result = await post(path, {
    ...init,
    headers: { origin: 'https://z.example', ...(init.headers as Record<string, string>) },
  });
  expect(result.status).toBe(status);
  expect(await result.json()).toEqual(body);
  expect(result.headers.get('access-control-allow-origin')).toBe('https://z.example');
  expect(invoked).toEqual([]);
});

it.each([
  ['another content type', 'plain', 'text/plain'],
  ['no JSON', '{', 'application/json'],
  ['no inputs', '{}', 'application/json'],
])('leaves a body of %s to the function', async (_, body, contentType) => {
  await post('/classify', { body, headers: { 'content-type': contentType } });
  expect(invoked[0]?.event).toMatchObject({ body });
});

it('throttles by the usage plan', async () => {
  serve([
    ...resources.filter(({ physicalId }) => physicalId !== 'plan'),
    resource('UsagePlan', 'plan', { Throttle: { RateLimit: 0.01, BurstLimit: 2 } }),
  ]);
  const answers = [];
  for (let count = 0; count < 3; count++) {
    const { status, headers } = await post('/classify');
    answers.push([status, headers.get('retry-after')]);
  }
  expect(answers).toEqual([
    [200, null],
    [200, null],
    [429, '1'],
  ]);
});

it('throttles by the stage, where no key has a plan', async () => {
  const everything = { HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 0.01, ThrottlingBurstLimit: 1 };
  serve([
    ...resources.filter(({ physicalId }) => physicalId !== 'stage'),
    resource('Stage', 'stage', { StageName: 'v1', DeploymentId: 'deployment', MethodSettings: [everything] }),
  ]);
  expect((await post('/classify')).status).toBe(200);
  expect((await post('/classify')).status).toBe(429);
});

it('ends a quota', async () => {
  serve([
    ...resources.filter(({ physicalId }) => physicalId !== 'plan'),
    resource('UsagePlan', 'plan', { Quota: { Limit: 1, Period: 'DAY' } }),
  ]);
  expect((await post('/classify')).status).toBe(200);
  const refused = await post('/classify');
  expect(refused.status).toBe(429);
  expect(await refused.json()).toEqual({ error: 'Limit Exceeded', error_type: 'Default4' });
});

it.each<[string, unknown]>([
  ['a function that failed', { functionError: 'Unhandled', payload: { errorMessage: 'secret' } }],
  ['an answer of another form', { payload: { hello: 1 } }],
  ['a body that is no string', { payload: { statusCode: 200, body: {} } }],
])('answers 502 for %s, without its words', async (_, result) => {
  answer = () => Promise.resolve(result as Awaited<ReturnType<InvokeFunction>>);
  const refused = await post('/classify');
  expect(refused.status).toBe(502);
  expect(await refused.json()).toEqual({ error: 'Internal server error', error_type: 'Default5' });
});

describe('where IAM authorizes', () => {
  const BODY = '{"inputs": "é"}';
  interface Signing {
    readonly service?: string;
    readonly secretAccessKey?: string;
    readonly signingDate?: Date;
    readonly accessKeyId?: string;
    readonly sessionToken?: string;
  }

  beforeEach(() => {
    serve(
      resources.map((each) =>
        each.physicalId === 'post'
          ? { ...each, properties: { ...each.properties, AuthorizationType: 'AWS_IAM', ApiKeyRequired: false } }
          : each,
      ),
    );
  });

  /** As an SDK or `curl --aws-sigv4` signs a call of API Gateway. */
  async function signed({
    service = 'execute-api',
    secretAccessKey = 'local',
    accessKeyId = 'local',
    sessionToken,
    signingDate,
  }: Signing): Promise<RequestInit> {
    const signer = new SignatureV4({
      service,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      sha256: Hash.bind(null, 'sha256'),
    });
    const { headers } = await signer.sign(
      new HttpRequest({
        method: 'POST',
        path: '/v1/classify',
        query: { b: ['2', '1'], a: 'ü x' },
        headers: { host: new URL(gateway.url).host, 'content-type': 'application/json' },
        body: BODY,
      }),
      { signingDate },
    );
    return { headers, body: BODY };
  }
  const call = (init: RequestInit) => post('/v1/classify?b=2&b=1&a=%C3%BC%20x', init);
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

  it.each<[string, Signing]>([
    ["the account's own keys", {}],
    ['the keys of a role', { accessKeyId: 'ASIALOCAL', sessionToken: 'local' }],
    ['the keys of a function', { accessKeyId: accessKeyOf('arn:aws:iam::000000000000:role/Asking', 'asking') }],
    ['a clock that is four minutes slow', { signingDate: minutesAgo(4) }],
  ])('takes a request signed with %s', async (_, signing) => {
    expect((await call(await signed(signing))).status).toBe(200);
    expect(invoked[0]?.event).toMatchObject({ body: BODY });
  });

  it.each<[string, Signing, RequestInit]>([
    ['another secret key', { secretAccessKey: 'guessed' }, {}],
    ['an unknown access key', { accessKeyId: 'AKIAOTHER' }, {}],
    ['no token of the role', { accessKeyId: 'ASIALOCAL' }, {}],
    ['another token', { accessKeyId: 'ASIALOCAL', sessionToken: 'other' }, {}],
    ['another service', { service: 's3' }, {}],
    ['a clock that is six minutes slow', { signingDate: minutesAgo(6) }, {}],
    ['a clock that is six minutes fast', { signingDate: minutesAgo(-6) }, {}],
    ['another body', {}, { body: '{"inputs": "other"}' }],
  ])('refuses one signed with %s', async (_, signing, sent) => {
    const refused = await call({ ...(await signed(signing)), ...sent });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({
      error: expect.stringMatching(/^The request signature we calculated does not match/) as string,
      error_type: 'Forbidden',
    });
    expect(invoked).toEqual([]);
  });

  it('refuses one whose signed header was changed on the way', async () => {
    const { headers, body } = await signed({});
    const changed = { ...(headers as Record<string, string>), 'content-type': 'application/json; charset=utf-8' };
    expect((await call({ headers: changed, body })).status).toBe(403);
  });

  it('asks for a signature where there is none', async () => {
    const refused = await call({});
    expect([refused.status, await refused.json()]).toEqual([
      404,
      { error: 'Missing Authentication Token', error_type: 'NotFound' },
    ]);
  });
});

it('answers 503 before an API is served', async () => {
  const early = await openGateway(0);
  const result = await fetch(`${early.url}/classify`, { method: 'POST' });
  expect(result.status).toBe(503);
  expect(result.headers.get('retry-after')).toBe('5');
  await early.close();
});

it('tells a port in use in one sentence', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(openGateway(port)).rejects.toThrow(`Port ${port} is in use: choose another with --port.`);
  other.close();
});
