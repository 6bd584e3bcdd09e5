import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfiguration } from '../../../lib/configuration/configuration';
import { namesOf } from '../../../lib/configuration/names';
import { LocalCloud } from '../../../local/run/cloud';
import type { HttpAnswer, RestApi } from '../../../local/aws/api-gateway/rest-api';
import { synthesize } from '../../../local/run/synthesize';
import { ASSEMBLIES } from './assemblies';
import { PYTHON, ROOT } from './whole-path/local-run';

/* The API's own stack and its buckets, deployed to the local cloud: its gateway and its function, and no model in service. */

jest.setTimeout(120_000);

const KEY = 'test-key-of-twenty-characters';
const folder = mkdtempSync(join(tmpdir(), 'classify-api-'));
const clouds: LocalCloud[] = [];

afterAll(async () => {
  await Promise.all(clouds.map((cloud) => cloud.close()));
  rmSync(folder, { recursive: true });
});

async function deploy(api: object): Promise<RestApi> {
  const configuration = { api };
  const file = join(folder, 'configuration.json');
  writeFileSync(file, JSON.stringify(configuration));
  const stacks = await synthesize(ROOT, file, ASSEMBLIES);
  const cloud = await LocalCloud.open({
    folder: join(folder, `state-${clouds.length}`),
    root: ROOT,
    python: PYTHON,
    accelerators: 'refused',
    generatedApiKey: KEY,
    onNotification: () => undefined,
    onStateEvent: () => undefined,
  });
  clouds.push(cloud);
  const { apiStack, storageStack } = namesOf(parseConfiguration(configuration));
  const ours = stacks.filter(({ stackName }) => [storageStack, apiStack].includes(stackName));
  await cloud.publish(ours);
  for (const stack of ours) await cloud.deploy(stack);
  return cloud.restApi();
}

const ask = (api: RestApi, method: string, body: string, headers: Record<string, string> = { 'x-api-key': KEY }) =>
  api.answer({
    method,
    path: '/classify',
    query: new URLSearchParams(),
    rawHeaders: Object.entries({ 'content-type': 'application/json', ...headers }).flat(),
    sourceIp: '127.0.0.1',
    body: Buffer.from(body),
  });

const saidBy = ({ status, body }: HttpAnswer): [number, unknown] => [
  status,
  (JSON.parse(String(body)) as { error: string }).error,
];

describe('without origins', () => {
  let api: RestApi;
  beforeAll(async () => {
    api = await deploy({ burstLimit: 5 });
  });

  it('tells apart what may be wrong with a body, and throttles', async () => {
    expect(saidBy(await ask(api, 'POST', ''))).toEqual([
      400,
      'the body is missing: send a JSON object with the field inputs',
    ]);
    expect(saidBy(await ask(api, 'POST', '{"inputs": '))).toEqual([400, 'the body is not valid JSON in UTF-8']);
    expect(saidBy(await ask(api, 'POST', '["one"]'))).toEqual([
      400,
      'the body must be a JSON object with the field inputs',
    ]);
    expect(saidBy(await ask(api, 'POST', '{}'))).toEqual([400, 'inputs is missing: send a text or a list of texts']);
    expect(saidBy(await ask(api, 'POST', '{"inputs": "one", "parameters": null}'))).toEqual([
      422,
      'parameters must be an object',
    ]);
    const unavailable = await ask(api, 'POST', '{"inputs": "one"}');
    expect(saidBy(unavailable)).toEqual([503, 'no model is in service yet: try again later']);
    expect(unavailable.headers).toMatchObject({ 'retry-after': '30' });
    let throttled = await ask(api, 'POST', '');
    while (throttled.status === 400) throttled = await ask(api, 'POST', '');
    expect(throttled).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  });

  it('lets no page of another origin call', async () => {
    expect((await ask(api, 'OPTIONS', '', { origin: 'https://a.example' })).status).toBe(404);
  });
});

const ALLOWED = 'access-control-allow-origin';

/** Of the function's answers and of the gateway's own: what each says to the page of an origin. */
async function allowedBy(api: RestApi, origin: string): Promise<Record<'preflight' | 'function' | 'gateway', unknown>> {
  const of = ({ headers }: HttpAnswer) => headers[ALLOWED];
  return {
    preflight: of(await ask(api, 'OPTIONS', '', { origin })),
    function: of(await ask(api, 'POST', '{"inputs": "one"}', { origin, 'x-api-key': KEY })),
    gateway: of(await ask(api, 'POST', '{"inputs": "one"}', { origin, 'x-api-key': 'wrong' })),
  };
}

const A = 'https://a.example';
const B = 'https://b.example';
const OTHER = 'https://other.example';

it('allows everyone where one of the origins is *', async () => {
  const everyone = { preflight: '*', function: '*', gateway: '*' };
  expect(await allowedBy(await deploy({ allowedOrigins: [A, '*'] }), OTHER)).toEqual(everyone);
});

it('allows the one origin, in answers and errors alike', async () => {
  const api = await deploy({ allowedOrigins: [A] });
  expect(await allowedBy(api, A)).toEqual({ preflight: A, function: A, gateway: A });
  // The gateway's is for the other page: a browser gives this one nothing.
  expect(await allowedBy(api, OTHER)).toEqual({ gateway: A });
});

it("allows each of several origins, but for the gateway's own errors, which could not leave out another", async () => {
  const api = await deploy({ allowedOrigins: [A, B] });
  expect(await allowedBy(api, A)).toEqual({ preflight: A, function: A });
  expect(await allowedBy(api, B)).toEqual({ preflight: B, function: B });
  expect(await allowedBy(api, OTHER)).toEqual({});
});
