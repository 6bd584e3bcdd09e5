import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  ListEndpointConfigsCommand,
  ListModelsCommand,
  ListTagsCommand,
  SageMakerClient,
  StopProcessingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { startAwsServer, type AwsServer } from '../../../../local/aws/aws-server';
import {
  ScalableTargetProvider,
  ScalingPolicyProvider,
} from '../../../../local/aws/application-auto-scaling/scaling-providers';
import type { Provisioned, ResolvedResource } from '../../../../local/aws/cloudformation/provider';
import { ObjectStore } from '../../../../local/aws/s3/object-store';
import { SageMakerService } from '../../../../local/aws/sagemaker/api';
import { Hosting, type HostingOptions } from '../../../../local/aws/sagemaker/hosting';
import {
  EndpointConfigProvider,
  EndpointProvider,
  ModelProvider,
} from '../../../../local/aws/sagemaker/hosting-providers';
import { packArchive } from '../../../../local/aws/sagemaker/model-archive';
import { ProcessingJobs } from '../../../../local/aws/sagemaker/processing-jobs';
import { TrainingJobs } from '../../../../local/aws/sagemaker/training-jobs';
import { runs, until } from './processes';

/** A model server that does what its model's code/inference.py (JSON here) and the request say. */
const serve = `
const { readFileSync, writeFileSync, existsSync, appendFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { name, fails, silent } = JSON.parse(readFileSync('code/inference.py', 'utf8'));
console.error('loading ' + name);
if (fails || existsSync(process.env.ROOT + '/down')) { console.error('ValueError: no weights'); process.exit(1); }
const server = createServer(async (request, response) => {
  if (request.url === '/ping') return response.writeHead(silent ? 503 : 200).end();
  const body = []; for await (const chunk of request) body.push(chunk);
  const text = Buffer.concat(body).toString();
  if (text === 'die') process.exit(1);
  if (text === 'bad') return response.writeHead(400, { 'content-type': 'application/json' }).end('{"message":"bad input"}');
  if (text === 'hold') {
    writeFileSync(process.env.ROOT + '/held', '');
    while (!existsSync(process.env.ROOT + '/released')) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ name, text, type: request.headers['content-type'], accept: request.headers.accept, env: process.env.SETTING, ei: process.env.SAGEMAKER_INFERENCE_ACCELERATOR_PRESENT }));
});
server.listen(0, '127.0.0.1', () => { appendFileSync(process.env.ROOT + '/pids', process.pid + '\\n'); console.log('listening on http://127.0.0.1:' + server.address().port); });`;

let root: string;
let store: ObjectStore;
let scalableTargets: Set<string>;
let hosting: Hosting;
let processingJobs: ProcessingJobs;
let server: AwsServer;
let api: SageMakerClient;
let runtime: SageMakerRuntimeClient;

function startHosting(options: Partial<HostingOptions> = {}): Hosting {
  return new Hosting({
    store,
    folder: join(root, 'hosting'),
    serverCommand: (_directory, environment) => ({
      command: process.execPath,
      args: ['-e', serve],
      env: { PATH: process.env.PATH ?? '', ROOT: root, ...environment },
    }),
    accelerators: 'refused',
    scalableTargets,
    ...options,
  });
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hosting-'));
  store = new ObjectStore(join(root, 'store'));
  await store.createBucket('artifacts');
  await writeFile(join(root, 'pids'), '');
  await begin();
});

afterEach(async () => {
  await end();
  await rm(root, { recursive: true });
});

async function begin(options: Partial<HostingOptions> = {}): Promise<void> {
  scalableTargets = new Set();
  hosting = startHosting(options);
  const jobs = new TrainingJobs({ store, python: 'python3', folder: join(root, 'jobs') });
  processingJobs = new ProcessingJobs({ store, python: 'python3', folder: join(root, 'processing') });
  server = await startAwsServer({ sagemaker: new SageMakerService(hosting, jobs, processingJobs) });
  const client = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  api = new SageMakerClient(client);
  runtime = new SageMakerRuntimeClient(client);
}

async function end(): Promise<void> {
  api.destroy();
  runtime.destroy();
  await hosting.close();
  await server.close();
}

const pids = () => readFileSync(join(root, 'pids'), 'utf8').trim().split('\n').filter(Boolean).map(Number);

async function storeModel(name: string, behavior: Record<string, unknown> = {}): Promise<string> {
  const directory = join(root, 'artifact', name);
  await mkdir(join(directory, 'code'), { recursive: true });
  await writeFile(join(directory, 'code', 'inference.py'), JSON.stringify({ name, ...behavior }));
  await packArchive(directory, join(root, 'model.tar.gz'));
  await store.put('artifacts', `${name}.tar.gz`, readFileSync(join(root, 'model.tar.gz')));
  return `s3://artifacts/${name}.tar.gz`;
}

function resource(logicalId: string, properties: Record<string, unknown>): ResolvedResource {
  return { stackName: 'serving', stackId: 'arn:stack', logicalId, type: `AWS::SageMaker::${logicalId}`, properties };
}

function modelResource(ModelDataUrl: string, Image = 'image'): ResolvedResource {
  return resource('Model', {
    ExecutionRoleArn: 'arn:aws:iam::000000000000:role/serving',
    PrimaryContainer: { Image, ModelDataUrl, Environment: { SETTING: 'from the model' } },
  });
}

/** Model and endpoint configuration as CloudFormation would create them; answers the configuration's name. */
async function configure(modelDataUrl: string, variant: Record<string, unknown> = {}, image?: string): Promise<string> {
  const model = await new ModelProvider(hosting).create(modelResource(modelDataUrl, image));
  const config = await new EndpointConfigProvider(hosting).create(
    resource('EndpointConfig', {
      ProductionVariants: [
        {
          ModelName: model.attributes.ModelName,
          VariantName: 'AllTraffic',
          InstanceType: 'ml.m5.large',
          InitialInstanceCount: 1,
          InitialVariantWeight: 1,
          ...variant,
        },
      ],
    }),
  );
  return String(config.attributes.EndpointConfigName);
}

function endpointResource(EndpointConfigName: string): ResolvedResource {
  return resource('Endpoint', { EndpointName: 'demo', EndpointConfigName });
}

async function createEndpoint(configName: string): Promise<Provisioned> {
  return new EndpointProvider(hosting).create(endpointResource(configName));
}

async function ask(text = 'hello'): Promise<Record<string, unknown>> {
  const { Body } = await runtime.send(
    new InvokeEndpointCommand({ EndpointName: 'demo', Body: text, ContentType: 'application/json', Accept: 'text/x' }),
  );
  return JSON.parse(Buffer.from(Body).toString()) as Record<string, unknown>;
}

describe('an endpoint', () => {
  test('answers with the container environment of its model, until it is deleted', async () => {
    const configName = await configure(await storeModel('one'));
    expect(configName).toMatch(/^EndpointConfig-[\da-f]{12}$/);
    const endpoint = await createEndpoint(configName);

    expect(endpoint).toMatchObject({
      physicalId: 'arn:aws:sagemaker:us-east-1:000000000000:endpoint/demo',
      attributes: { EndpointName: 'demo' },
    });
    expect(await ask()).toEqual({
      name: 'one',
      text: 'hello',
      type: 'application/json',
      accept: 'text/x',
      env: 'from the model',
    });
    expect(await api.send(new DescribeEndpointCommand({ EndpointName: 'demo' }))).toMatchObject({
      EndpointStatus: 'InService',
      EndpointConfigName: configName,
      ProductionVariants: [{ VariantName: 'AllTraffic' }],
      CreationTime: expect.any(Date) as unknown,
    });
    const created = (await api.send(new DescribeEndpointCommand({ EndpointName: 'demo' }))).CreationTime;
    expect(Math.abs(Date.now() - (created?.getTime() ?? 0))).toBeLessThan(60_000);

    await new EndpointProvider(hosting).delete(endpointResource(configName), endpoint);
    await until(() => !pids().some(runs));
    await expect(ask()).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Endpoint demo of account 000000000000 not found.',
    });
    expect(readdirSync(join(root, 'hosting', 'model-data'))).toEqual([]);
  });

  test('is updated without a failed request, and the old server ends after its last answer', async () => {
    const endpoint = await createEndpoint(await configure(await storeModel('blue')));
    const green = await configure(await storeModel('green'));
    const [blue = 0] = pids();
    const held = ask('hold');
    await until(() => existsSync(join(root, 'held')));

    const updating = new EndpointProvider(hosting).update(endpointResource(green), endpoint);
    const seen: unknown[] = [];
    await until(async () => seen.push((await ask()).name) > 0 && seen.at(-1) === 'green');

    // The update waits for the answer that the old server owes.
    expect(seen.slice(0, -1).every((name) => name === 'blue')).toBe(true);
    expect(runs(blue)).toBe(true);
    await writeFile(join(root, 'released'), '');
    expect((await held).name).toBe('blue');
    expect(await updating).toEqual(endpoint);
    await until(() => !runs(blue));
    expect((await ask()).name).toBe('green');
    expect(readdirSync(join(root, 'hosting', 'model-data'))).toHaveLength(1);
  });

  test.each([
    ['ml.c7g.xlarge', 'pytorch-inference:2.6.0-cpu-py312', 'refused'],
    ['ml.r7gd.large', 'huggingface-pytorch-inference:2.6.0-cpu-py312', 'refused'],
    ['ml.c7g.xlarge', 'pytorch-inference-arm64:2.6.0-cpu-py312', 'taken'],
    ['ml.c6g.xlarge', 'pytorch-inference-graviton:1.12.1-cpu-py38', 'taken'],
    ['ml.g5.xlarge', 'pytorch-inference:2.6.0-gpu-py312', 'taken'],
    ['ml.g4dn.xlarge', 'pytorch-inference:2.6.0-gpu-py312', 'taken'],
  ])('on an %s of the image %s is %s, for an image is of one processor', async (InstanceType, image, outcome) => {
    const configured = configure(await storeModel('one'), { InstanceType }, image);
    await (outcome === 'taken'
      ? expect(configured).resolves.toMatch(/^EndpointConfig-/)
      : expect(configured).rejects.toMatchObject({
          name: 'ValidationException',
          message: `The endpoint would never come up: an ${InstanceType} has Graviton, an Arm processor, and the image ${image} names neither arm64 nor graviton.`,
        }));
  });

  test('keeps its old server when the new one does not start', async () => {
    const first = await configure(await storeModel('good'));
    const endpoint = await createEndpoint(first);
    const broken = await configure(await storeModel('broken', { fails: true }));
    const { properties, ...rest } = endpointResource(broken);
    const guarded = { ...rest, properties: { ...properties, DeploymentConfig: { BlueGreenUpdatePolicy: {} } } };
    const update = new EndpointProvider(hosting).update(guarded, endpoint);
    await expect(update).rejects.toThrow(
      /The primary container for production variant AllTraffic did not pass the ping health check: .*exit code 1.*ValueError: no weights/s,
    );
    expect((await ask()).name).toBe('good');
    expect(await hosting.describeEndpoint('demo')).toMatchObject({
      EndpointConfigName: first,
      EndpointStatus: 'InService',
      FailureReason: expect.stringContaining('no weights') as unknown,
    });
    expect(pids().filter(runs)).toHaveLength(1);
  });

  test('is started again when its server dies, and says so meanwhile', async () => {
    await createEndpoint(await configure(await storeModel('one')));
    await writeFile(join(root, 'down'), '');
    await expect(ask('die')).rejects.toMatchObject({ name: 'ModelError', OriginalStatusCode: 500 });
    // The dying server may still take a connection, which then breaks.
    const said = () =>
      ask().then(
        ({ name }) => name,
        (error: unknown) => (error as Error).name,
      );
    await until(async () => (await said()) === 'ServiceUnavailable');
    expect(await said()).toBe('ServiceUnavailable');
    await rm(join(root, 'down'));
    await until(async () => (await said()) === 'one');
    expect(pids()).toHaveLength(2);
  });

  test('is resumed by a later process, without unpacking again', async () => {
    const configName = await configure(await storeModel('one'));
    const endpoint = await createEndpoint(configName);
    await end();
    expect(pids().some(runs)).toBe(false);
    const [directory = ''] = readdirSync(join(root, 'hosting', 'model-data'));
    await writeFile(join(root, 'hosting', 'model-data', directory, 'mark'), '');
    await begin();
    await new EndpointProvider(hosting).resume(endpointResource(configName), endpoint);
    expect((await ask()).name).toBe('one');
    expect(existsSync(join(root, 'hosting', 'model-data', directory, 'mark'))).toBe(true);
  });
});

describe('an endpoint that cannot start leaves nothing', () => {
  const cases: [string, () => Promise<string>, RegExp, Record<string, unknown>][] = [
    [
      'a server that ends',
      () => storeModel('x', { fails: true }),
      /exit code 1.*\n {2}loading x\n {2}ValueError: no weights/s,
      {},
    ],
    [
      'a server that is never healthy',
      () => storeModel('x', { silent: true }),
      /did not answer GET \/ping within 1 seconds/,
      { ContainerStartupHealthCheckTimeoutInSeconds: 1 },
    ],
    [
      'an artifact that is no tar.gz',
      async () => {
        await store.put('artifacts', 'x.tar.gz', 'text');
        return 's3://artifacts/x.tar.gz';
      },
      /Failed to extract model data archive from URL "s3:\/\/artifacts\/x.tar.gz": it is not a gzipped tar archive/,
      {},
    ],
    [
      'an artifact without code/',
      async () => {
        await mkdir(join(root, 'bare'));
        await writeFile(join(root, 'bare', 'config.json'), '{}');
        await packArchive(join(root, 'bare'), join(root, 'bare.tar.gz'));
        await store.put('artifacts', 'x.tar.gz', readFileSync(join(root, 'bare.tar.gz')));
        return 's3://artifacts/x.tar.gz';
      },
      /The model archive s3:\/\/artifacts\/x.tar.gz has no code\/inference.py/,
      {},
    ],
    [
      'an artifact that leads out of its directory',
      async () => {
        await mkdir(join(root, 'outer', 'inner'), { recursive: true });
        await writeFile(join(root, 'outer', 'evil'), '');
        await create(
          { gzip: true, cwd: join(root, 'outer', 'inner'), file: join(root, 'x.tar.gz'), preservePaths: true },
          ['../evil'],
        );
        await store.put('artifacts', 'x.tar.gz', readFileSync(join(root, 'x.tar.gz')));
        return 's3://artifacts/x.tar.gz';
      },
      /its entry "\.\.\/evil" \(File\) is not a plain file within the archive/,
      {},
    ],
  ];
  test.each(cases)('%s', async (_what, artifact, reason, variant) => {
    const configName = await configure(await artifact(), variant);
    await expect(createEndpoint(configName)).rejects.toThrow(reason);
    await expect(hosting.describeEndpoint('demo')).rejects.toThrow(
      'Could not find endpoint "arn:aws:sagemaker:us-east-1:000000000000:endpoint/demo".',
    );
    expect(pids().some(runs)).toBe(false);
    const folder = join(root, 'hosting', 'model-data');
    expect(existsSync(folder) ? readdirSync(folder).filter((entry) => entry.startsWith('.')) : []).toEqual([]);
  });
});

describe('the resources', () => {
  test('are replaced by every change, under new names', async () => {
    const provider = new ModelProvider(hosting);
    const first = await provider.create(modelResource(await storeModel('one')));
    const second = await provider.update(modelResource(await storeModel('two')), first);
    expect(second.physicalId).not.toBe(first.physicalId);
    await provider.delete(modelResource('s3://artifacts/one.tar.gz'), first);
    await expect(hosting.models.get(String(first.attributes.ModelName))).rejects.toThrow('Could not find model');
    const named = resource('Model', { ...modelResource('s3://artifacts/two.tar.gz').properties, ModelName: 'mine' });
    const mine = await provider.create(named);
    await expect(provider.update(named, mine)).rejects.toThrow(/custom-named resource requires replacing. Rename mine/);
  });

  test('refuse model data that does not exist', async () => {
    await expect(new ModelProvider(hosting).create(modelResource('s3://artifacts/none.tar.gz'))).rejects.toThrow(
      'Could not find model data at s3://artifacts/none.tar.gz.',
    );
  });

  test('refuse an accelerator unless it is granted', async () => {
    const url = await storeModel('one');
    await expect(configure(url, { AcceleratorType: 'ml.eia2.xlarge' })).rejects.toThrow(
      'Invalid AcceleratorType "ml.eia2.xlarge": This parameter is no longer supported. Elastic Inference (EI) is no longer available.',
    );
    await end();
    await begin({ accelerators: 'granted' });
    await createEndpoint(await configure(url, { AcceleratorType: 'ml.eia2.xlarge' }));
    expect((await ask()).ei).toBeUndefined();
  });
});

test('the image of an instance is one of those that SageMaker has for inference', async () => {
  const model = await storeModel('one');
  await expect(configure(model, { InferenceAmiVersion: 'ami-0a1b2c3d' })).rejects.toThrow('InferenceAmiVersion');
  await expect(configure(model, { InferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1' })).resolves.toBeDefined();
});

describe('an endpoint whose variant is a scalable target', () => {
  const target = resource('Target', {
    ServiceNamespace: 'sagemaker',
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    ResourceId: 'endpoint/demo/variant/AllTraffic',
    MinCapacity: '1',
    MaxCapacity: 4,
  });
  const targets = () => new ScalableTargetProvider(scalableTargets, hosting);
  let endpoint: Provisioned;
  let registered: Provisioned;

  beforeEach(async () => {
    endpoint = await createEndpoint(await configure(await storeModel('one')));
    registered = await targets().create(target);
  });

  const update = async (variant: Record<string, unknown>) =>
    new EndpointProvider(hosting).update(endpointResource(await configure(await storeModel('two'), variant)), endpoint);

  test('gets another model and count', async () => {
    expect(registered.physicalId).toBe(
      'endpoint/demo/variant/AllTraffic|sagemaker:variant:DesiredInstanceCount|sagemaker',
    );
    await update({ InitialInstanceCount: 2 });
    expect((await ask()).name).toBe('two');
  });

  test.each<[string, Record<string, unknown>]>([
    ['another instance type', { InstanceType: 'ml.m5.xlarge' }],
    [
      'no instances',
      { InstanceType: undefined, InitialInstanceCount: undefined, ServerlessConfig: { MemorySizeInMB: 2048 } },
    ],
    ['another variant', { VariantName: 'Other' }],
  ])('gets %s only after it has been deregistered', async (_what, change) => {
    await expect(update(change)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(
        /its variant AllTraffic is registered as a scalable target.*Deregister endpoint\/demo\/variant\/AllTraffic/,
      ) as unknown,
    });
    expect((await ask()).name).toBe('one');
    await targets().delete(target, registered);
    await update(change);
    expect((await ask()).name).toBe('two');
  });

  test('is remembered by a later process', async () => {
    await end();
    await begin();
    await new EndpointProvider(hosting).resume(endpointResource(''), endpoint);
    await targets().resume(target, registered);
    await expect(update({ InstanceType: 'ml.m5.xlarge' })).rejects.toThrow('registered as a scalable target');
  });

  test('deregisters it when it is deleted', async () => {
    await new EndpointProvider(hosting).delete(endpointResource(''), endpoint);
    expect(scalableTargets).toEqual(new Set());
    await targets().delete(target, registered);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['an endpoint that is not there', { ResourceId: 'endpoint/none/variant/AllTraffic' }, 'Could not find endpoint'],
    ['a variant that is not there', { ResourceId: 'endpoint/demo/variant/Other' }, 'has no instances'],
    ['more instances at least than at most', { MinCapacity: 5 }, 'Maximum capacity cannot be less than minimum'],
    ['another service', { ServiceNamespace: 'ecs' }, 'cannot take its ServiceNamespace'],
  ])('cannot be registered with %s', async (_what, change, message) => {
    await expect(targets().create({ ...target, properties: { ...target.properties, ...change } })).rejects.toThrow(
      message,
    );
  });

  test('has a scaling policy, which no other endpoint can have', async () => {
    const policy = (ScalingTargetId: string) =>
      new ScalingPolicyProvider(scalableTargets).create(
        resource('Policy', {
          PolicyName: 'demo-load',
          PolicyType: 'TargetTrackingScaling',
          ScalingTargetId,
          TargetTrackingScalingPolicyConfiguration: { TargetValue: 100 },
        }),
      );
    expect((await policy(registered.physicalId)).physicalId).toMatch(
      /resource\/sagemaker\/endpoint\/demo\/variant\/AllTraffic:policyName\/demo-load$/,
    );
    await expect(policy('endpoint/other/variant/AllTraffic|x|sagemaker')).rejects.toThrow('No scalable target');
  });
});

describe('what is not carried out', () => {
  const PrimaryContainer = { Image: 'image', ModelDataUrl: 's3://artifacts/one.tar.gz' };
  const model = { ModelName: 'm', ExecutionRoleArn: 'arn:aws:iam::000000000000:role/serving', PrimaryContainer };
  const variant = { VariantName: 'AllTraffic', ModelName: 'm', InstanceType: 'ml.m5.large' };
  const config = { EndpointConfigName: 'c', ProductionVariants: [variant] };
  const endpoint = { EndpointName: 'demo', EndpointConfigName: 'c' };

  test.each<[string, (hosting: Hosting) => Promise<unknown>]>([
    ['Containers', (it) => it.createModel({ ...model, Containers: [] })],
    [
      'PrimaryContainer.Mode',
      (it) => it.createModel({ ...model, PrimaryContainer: { ...PrimaryContainer, Mode: 'MultiModel' } }),
    ],
    ['DataCaptureConfig', (it) => it.createEndpointConfig({ ...config, DataCaptureConfig: {} })],
    [
      'ProductionVariants.0.RoutingConfig',
      (it) => it.createEndpointConfig({ ...config, ProductionVariants: [{ ...variant, RoutingConfig: {} }] }),
    ],
    ['RetainAllVariantProperties', (it) => it.createEndpoint({ ...endpoint, RetainAllVariantProperties: true })],
    ['RetainDeploymentConfig', (it) => it.updateEndpoint({ ...endpoint, RetainDeploymentConfig: true })],
    [
      'ExcludeRetainedVariantProperties',
      (it) =>
        new EndpointProvider(it).create(resource('Endpoint', { ...endpoint, ExcludeRetainedVariantProperties: [] })),
    ],
    ['CreationTimeAfter', (it) => it.models.list({ CreationTimeAfter: 0 })],
    ['SortBy', (it) => it.endpointConfigs.list({ SortBy: 'Name' })],
  ])('is refused by its name: %s', async (member, call) => {
    await expect(call(hosting)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`at '${member}' failed to satisfy constraint`) as unknown,
    });
  });

  test('is refused in a request for an inference too', async () => {
    await createEndpoint(await configure(await storeModel('one')));
    const request = new InvokeEndpointCommand({ EndpointName: 'demo', Body: 'x', TargetVariant: 'Other' });
    await expect(runtime.send(request)).rejects.toThrow(
      'does not carry out the header x-amzn-sagemaker-target-variant',
    );
  });

  test('tags are answered by ListTags alone', async () => {
    await storeModel('one');
    const Tags = [{ Key: 'stack', Value: 'serving' }];
    const { ModelArn } = await hosting.createModel({ ...model, Tags });
    expect(await api.send(new ListTagsCommand({ ResourceArn: ModelArn }))).toMatchObject({ Tags });
    expect(await api.send(new DescribeModelCommand({ ModelName: 'm' }))).not.toHaveProperty('Tags');
    await expect(api.send(new ListTagsCommand({ ResourceArn: `${ModelArn}x` }))).rejects.toThrow(/Could not find/);
  });

  test('is described as it was given', async () => {
    await storeModel('one');
    await hosting.createModel({ ...model, VpcConfig: { Subnets: ['a'] }, EnableNetworkIsolation: true });
    expect(await api.send(new DescribeModelCommand({ ModelName: 'm' }))).toMatchObject({
      VpcConfig: { Subnets: ['a'] },
      EnableNetworkIsolation: true,
    });
  });
});

describe('models and configurations', () => {
  beforeEach(async () => {
    const ModelDataUrl = await storeModel('one');
    for (const ModelName of ['a-1', 'b-1', 'a-2', 'a-3']) {
      await hosting.models.put(ModelName, {
        ModelName,
        ModelArn: hosting.models.arn(ModelName),
        Tags: [],
        ExecutionRoleArn: 'role',
        PrimaryContainer: { Image: 'image', ModelDataUrl, Environment: {} },
        // The same for two, as may be on a quick machine.
        CreationTime: 1000 * Number(ModelName.at(-1)),
      });
    }
  });

  test('are listed newest first, in pages that deleting in between does not disturb', async () => {
    const first = await api.send(new ListModelsCommand({ NameContains: 'a-', SortBy: 'CreationTime', MaxResults: 2 }));
    expect(first.Models?.map(({ ModelName }) => ModelName)).toEqual(['a-3', 'a-2']);
    expect(first.Models?.[0]).toEqual({
      ModelName: 'a-3',
      ModelArn: 'arn:aws:sagemaker:us-east-1:000000000000:model/a-3',
      CreationTime: new Date(3000),
    });
    await api.send(new DeleteModelCommand({ ModelName: 'a-2' }));
    const { NextToken } = first;
    const rest = await api.send(new ListModelsCommand({ NameContains: 'a-', MaxResults: 2, NextToken }));
    expect(rest.Models?.map(({ ModelName }) => ModelName)).toEqual(['a-1']);
    expect(rest.NextToken).toBeUndefined();
    const oldestFirst = await api.send(new ListModelsCommand({ SortOrder: 'Ascending' }));
    expect(oldestFirst.Models?.map(({ ModelName }) => ModelName)).toEqual(['a-1', 'b-1', 'a-3']);
  });

  test('in use stay', async () => {
    const configName = await configure('s3://artifacts/one.tar.gz');
    await createEndpoint(configName);
    const configs = await api.send(new ListEndpointConfigsCommand({ NameContains: configName }));
    expect(configs.EndpointConfigs).toEqual([
      {
        EndpointConfigName: configName,
        EndpointConfigArn: hosting.endpointConfigs.arn(configName),
        CreationTime: expect.any(Date) as unknown,
      },
    ]);
    const remove = new DeleteEndpointConfigCommand({ EndpointConfigName: configName });
    await expect(api.send(remove)).rejects.toThrow('the endpoint demo uses it');
    await hosting.deleteEndpoint('demo');
    await api.send(remove);
    await expect(api.send(remove)).rejects.toThrow('Could not find endpoint configuration');
  });
});

describe('the API', () => {
  test('creates, describes and deletes by the SDK', async () => {
    const ModelDataUrl = await storeModel('one');
    const model = {
      ModelName: 'm',
      ExecutionRoleArn: 'arn:aws:iam::000000000000:role/serving',
      PrimaryContainer: { Image: 'image', ModelDataUrl },
    };
    expect((await api.send(new CreateModelCommand(model))).ModelArn).toBe(
      'arn:aws:sagemaker:us-east-1:000000000000:model/m',
    );
    expect((await api.send(new DescribeModelCommand({ ModelName: 'm' }))).PrimaryContainer?.ModelDataUrl).toBe(
      ModelDataUrl,
    );
    const probe = {
      EndpointConfigName: 'probe',
      ProductionVariants: [
        {
          VariantName: 'AllTraffic',
          ModelName: 'm',
          InstanceType: 'ml.m5.large' as const,
          AcceleratorType: 'ml.eia2.medium' as const,
        },
      ],
    };
    await expect(api.send(new CreateEndpointConfigCommand(probe))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('Elastic Inference') as unknown,
    });
    const plain = {
      ...probe,
      ProductionVariants: [{ VariantName: 'AllTraffic', ModelName: 'm', InstanceType: 'ml.m5.large' as const }],
    };
    await api.send(new CreateEndpointConfigCommand(plain));
    await expect(api.send(new CreateEndpointConfigCommand(plain))).rejects.toThrow('Cannot create already existing');
    await api.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'probe' }));
    await expect(api.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'probe' }))).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        'Could not find endpoint configuration "arn:aws:sagemaker:us-east-1:000000000000:endpoint-config/probe".',
    });
    await expect(api.send(new DescribeTrainingJobCommand({ TrainingJobName: 'x' }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Requested resource not found.',
    });
  });

  test('describes a processing job', async () => {
    await processingJobs.run({
      ProcessingJobName: 'none-needed',
      RoleArn: 'arn:aws:iam::000000000000:role/processing',
      AppSpecification: { ImageUri: 'image', ContainerEntrypoint: ['python3', '-c', 'pass'] },
      ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 } },
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    const name = { ProcessingJobName: 'none-needed' };
    const described = await api.send(new DescribeProcessingJobCommand(name));
    expect(described).toMatchObject({
      ProcessingJobStatus: 'Completed',
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
      ProcessingEndTime: expect.any(Date) as unknown,
    });
    expect(described).not.toHaveProperty('Tags');
    await expect(api.send(new StopProcessingJobCommand(name))).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'The request was rejected because the processing job is in status Completed.',
    });
  });

  test('answers the variant, and a container error as ModelError', async () => {
    await createEndpoint(await configure(await storeModel('one')));
    const answer = await runtime.send(new InvokeEndpointCommand({ EndpointName: 'demo', Body: 'x' }));
    expect(answer).toMatchObject({ InvokedProductionVariant: 'AllTraffic', ContentType: 'application/json' });
    await expect(ask('bad')).rejects.toMatchObject({
      name: 'ModelError',
      $metadata: { httpStatusCode: 424 },
      OriginalStatusCode: 400,
      OriginalMessage: '{"message":"bad input"}',
    });
  });
});
