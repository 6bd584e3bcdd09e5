import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Gateway, openGateway } from '../../../local/run/gateway';
import { type ApiResource, type InvokeFunction, RestApi } from '../../../local/aws/api-gateway/rest-api';

const KEY = 'the-key';

function resource(type: string, physicalId: string, properties: Record<string, unknown>): ApiResource {
  return { type: `AWS::ApiGateway::${type}`, physicalId, properties };
}

const response = (type: string, statusCode: string | undefined, errorType: string) =>
  resource('GatewayResponse', type, {
    ResponseType: type,
    ...(statusCode === undefined ? {} : { StatusCode: statusCode }),
    ResponseTemplates: {
      'application/json': `{"error":$context.error.messageString,"error_type":"${errorType}"}`,
    },
    ResponseParameters: { 'gatewayresponse.header.Access-Control-Allow-Origin': 'method.request.header.Origin' },
  });

const resources: ApiResource[] = [
  resource('RestApi', 'api', {}),
  resource('Resource', 'res', { PathPart: 'classify', ParentId: 'root' }),
  resource('Model', 'model', {
    Schema: { type: 'object', required: ['inputs'], $schema: 'http://json-schema.org/draft-04/schema#' },
  }),
  resource('RequestValidator', 'validator', { ValidateRequestBody: true }),
  resource('Method', 'post', {
    HttpMethod: 'POST',
    ResourceId: 'res',
    ApiKeyRequired: true,
    RequestValidatorId: 'validator',
    RequestModels: { 'application/json': 'model' },
    Integration: {
      Type: 'AWS_PROXY',
      Uri: 'arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:0:function:classify/invocations',
    },
  }),
  resource('Method', 'options', {
    HttpMethod: 'OPTIONS',
    ResourceId: 'res',
    Integration: {
      Type: 'MOCK',
      IntegrationResponses: [
        {
          StatusCode: '204',
          ResponseParameters: {
            'method.response.header.Access-Control-Allow-Methods': "'POST'",
            'method.response.header.Access-Control-Allow-Origin': "'https://a.example'",
          },
          ResponseTemplates: {
            'application/json':
              '#set($origin = $input.params().header.get("Origin"))\n#if($origin == "https://b.example")\n' +
              '  #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n#end',
          },
        },
      ],
    },
  }),
  resource('Stage', 'stage', { StageName: 'v1' }),
  resource('ApiKey', 'key', { Enabled: true }),
  resource('UsagePlan', 'plan', { Throttle: { RateLimit: 1, BurstLimit: 1000 } }),
  resource('UsagePlanKey', 'plan-key', { KeyId: 'key', UsagePlanId: 'plan' }),
  response('INVALID_API_KEY', undefined, 'Forbidden'),
  response('MISSING_AUTHENTICATION_TOKEN', '404', 'NotFound'),
  response('BAD_REQUEST_BODY', undefined, 'BadRequest'),
  response('THROTTLED', undefined, 'Overloaded'),
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
  gateway = await openGateway(0, (path) => (path === '/' ? { status: 200, headers: {}, body: 'page' } : undefined));
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
  ['no JSON', '/classify', { body: '{' }, 400, { error: 'Invalid request body', error_type: 'BadRequest' }],
  ['no body', '/classify', { body: '' }, 400, { error: 'Invalid request body', error_type: 'BadRequest' }],
  ['no inputs', '/classify', { body: '{}' }, 400, { error: 'Invalid request body', error_type: 'BadRequest' }],
  ['a list', '/classify', { body: '[]' }, 400, { error: 'Invalid request body', error_type: 'BadRequest' }],
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

it('leaves a body of another content type to the function', async () => {
  await post('/classify', { body: 'plain', headers: { 'content-type': 'text/plain' } });
  expect(invoked[0]?.event).toMatchObject({ body: 'plain' });
});

it('throttles by the usage plan', async () => {
  serve([
    ...resources.filter(({ physicalId }) => physicalId !== 'plan'),
    resource('UsagePlan', 'plan', { Throttle: { RateLimit: 0.01, BurstLimit: 2 } }),
  ]);
  const statuses = [];
  for (let count = 0; count < 3; count++) {
    statuses.push((await post('/classify')).status);
  }
  expect(statuses).toEqual([200, 200, 429]);
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

it.each([
  ['https://b.example', 'https://b.example'],
  ['https://c.example', 'https://a.example'],
])('answers the preflight of %s for %s', async (origin, allowed) => {
  const result = await fetch(`${gateway.url}/classify`, { method: 'OPTIONS', headers: { origin } });
  expect(result.status).toBe(204);
  expect(result.headers.get('access-control-allow-methods')).toBe('POST');
  expect(result.headers.get('access-control-allow-origin')).toBe(allowed);
});

it('asks for a signature where IAM authorizes', async () => {
  serve(
    resources.map((each) =>
      each.physicalId === 'post' ? { ...each, properties: { ...each.properties, AuthorizationType: 'AWS_IAM' } } : each,
    ),
  );
  expect((await post('/classify')).status).toBe(404);
  expect((await post('/classify', { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=key' } })).status).toBe(200);
});

it('shows pages beside the API', async () => {
  expect(await (await fetch(`${gateway.url}/`)).text()).toBe('page');
});

it('answers 503 before an API is served', async () => {
  const early = await openGateway(0, () => undefined);
  const result = await fetch(`${early.url}/classify`, { method: 'POST' });
  expect(result.status).toBe(503);
  expect(result.headers.get('retry-after')).toBe('5');
  await early.close();
});

it('tells a port in use in one sentence', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(openGateway(port, () => undefined)).rejects.toThrow(
    `Port ${port} is in use: choose another with --port.`,
  );
  other.close();
});
