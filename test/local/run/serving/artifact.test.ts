import { parseS3Uri } from '../../../../lambda/shared/s3-uri';
import { Application } from './application';

jest.setTimeout(120_000);

let application: Application;
let inService: string;

beforeAll(async () => {
  application = await Application.open({ serving: { profile: 'gpu' } }, 'refused');
  await application.deploy();
  const modelDataUrl = await application.artifact('good');
  expect(await application.execute({ modelDataUrl })).toMatchObject({ status: 'SUCCEEDED' });
  inService = application.parameter(application.names.servingStack, 'ModelDataUrl') ?? '';
});
afterAll(() => application.close());

it.each([
  ['worse', { metrics: { matthews_correlation: 0.1 } }, 'QualityGateFailed', /0\.1, below the minimum of 0\.2/],
  ['unmeasured', { metrics: null }, 'InvalidArtifact', /has no metrics, .*"gate":\{"waived":true\}/],
  ['weightless', { weights: 'model.onnx' }, 'InvalidArtifact', /neither model\.safetensors nor model\.pt/],
  ['for-a-cpu', { weights: 'model.pt' }, 'InvalidArtifact', /cannot be served by the profile gpu/],
])('an artifact that is %s is refused before the endpoint is touched', async (name, options, error, cause) => {
  const modelDataUrl = await application.artifact(name, options);
  expect(await application.execute({ modelDataUrl })).toMatchObject({
    status: 'FAILED',
    error,
    cause: expect.stringMatching(cause) as unknown,
  });
  expect(application.states).not.toContain('Deploy');
  expect(application.parameter(application.names.servingStack, 'ModelDataUrl')).toBe(inService);
  expect(await application.classify()).toEqual({ status: 200, label: 'good' });
});

it('an artifact in the data bucket is deployed, as one in the artifacts bucket is', async () => {
  const { bucket, key } = parseS3Uri(await application.artifact('elsewhere'));
  const data = application.output('DataBucketName');
  await application.cloud.objects.put(data, 'model.tar.gz', await application.cloud.objects.stream(bucket, key));
  const modelDataUrl = `s3://${data}/model.tar.gz`;
  expect(await application.execute({ modelDataUrl })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await application.classify()).toEqual({ status: 200, label: 'elsewhere' });
});

it.each([
  ['poor', { metrics: { matthews_correlation: -0.5 } }],
  ['unknown', { metrics: null }],
])('an artifact that is %s is deployed where the gate is waived', async (name, options) => {
  const modelDataUrl = await application.artifact(name, options);
  expect(await application.execute({ modelDataUrl, gate: { waived: true } })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await application.classify()).toEqual({ status: 200, label: name });
});

it('while one model replaces another, each answer tells the one that gave it', async () => {
  const seen = new Map<unknown, Set<unknown>>();
  const ask = async () => {
    const { status, headers, body } = await application.ask('POST', '/classify', '{"inputs": "one"}');
    expect(status).toBe(200);
    const [[{ label }]] = JSON.parse(String(body)) as [[{ label: string }]];
    seen.set(label, (seen.get(label) ?? new Set()).add(headers['x-model-version']));
  };
  const modelDataUrl = await application.artifact('another');
  let ended = false;
  const execution = application.execute({ modelDataUrl }).finally(() => (ended = true));
  const client = async () => {
    while (!ended) await ask();
  };
  await Promise.all([execution, client(), client(), client(), client()]);
  expect(await execution).toMatchObject({ status: 'SUCCEEDED' });
  await ask();

  expect([...seen.values()].map(({ size }) => size)).toEqual([1, 1]);
  const [before, after] = [...seen.values()].map((versions) => [...versions][0]);
  expect(before).toMatch(/^[\da-f]{12}$/);
  expect(after).not.toBe(before);
  const { headers, body } = await application.ask('GET', '/model');
  expect(headers).toMatchObject({ 'x-model-version': after });
  expect(JSON.parse(String(body))).toMatchObject({
    version: after,
    labels: ['another'],
    deployed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown,
  });
});

it('a model that answers otherwise than it did in training makes way for what was in service before', async () => {
  const before = await application.classify();
  const sound = await application.artifact('sound', { knownScore: 1 });
  const wrong = await application.artifact('wrong', { knownScore: 0.9 });
  expect(await application.execute({ modelDataUrl: wrong })).toMatchObject({
    status: 'FAILED',
    error: 'SmokeTestFailed',
    cause: expect.stringMatching(
      /answers text 1 of reference\.json .*in service before is in service again/,
    ) as unknown,
  });
  expect(await application.classify()).toEqual(before);
  expect(await application.execute({ modelDataUrl: sound })).toMatchObject({ status: 'SUCCEEDED' });
});

describe('a model that loads and does not answer', () => {
  const MADE_WAY = {
    status: 'FAILED',
    error: 'SmokeTestFailed',
    cause: expect.stringContaining('What was in service before is in service again.') as unknown,
  };

  it('makes way for what was in service before', async () => {
    const before = await application.classify();
    const modelDataUrl = await application.artifact('does-not-answer');
    expect(await application.execute({ modelDataUrl })).toMatchObject(MADE_WAY);
    expect(before.status).toBe(200);
    expect(await application.classify()).toEqual(before);
  });

  it('makes way also where an execution that was stopped before its smoke test has deployed it', async () => {
    const before = await application.classify();
    const modelDataUrl = await application.artifact('does-not-answer');
    await application.execute({ modelDataUrl });
    await application.update(application.names.servingStack, {
      ModelDataUrl: await application.storedUrl(modelDataUrl),
    });
    expect((await application.classify()).status).not.toBe(200);
    expect(await application.execute({ modelDataUrl })).toMatchObject(MADE_WAY);
    expect(before.status).toBe(200);
    expect(await application.classify()).toEqual(before);
  });

  it('is taken down where nothing was in service', async () => {
    expect(await application.execute({ endpoint: 'take-down' })).toMatchObject({ status: 'SUCCEEDED' });
    const modelDataUrl = await application.artifact('does-not-answer');
    expect(await application.execute({ modelDataUrl })).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('so the endpoint was taken down again') as unknown,
    });
    expect(await application.classify()).toEqual({ status: 503 });
  });
});

it('lets one execution at a time deploy, and refuses another before it does anything', async () => {
  const modelDataUrl = await application.artifact('one');
  const first = application.cloud.execute('StateMachineArn', { modelDataUrl });
  const second = application.cloud.execute('StateMachineArn', { modelDataUrl: await application.artifact('two') });
  expect(await second).toMatchObject({ status: 'FAILED', error: 'AnotherExecutionRunning' });
  expect(await first).toMatchObject({ status: 'SUCCEEDED' });
  expect(await application.classify()).toEqual({ status: 200, label: 'one' });
});
