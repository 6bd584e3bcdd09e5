import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  DescribeTrainingJobCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { create } from 'tar';
import { startAwsServer, type AwsServer } from '../../../../local/aws/aws-server';
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
import { TrainingJobs } from '../../../../local/aws/sagemaker/training';
import { runs, until } from './processes';

/** A model server that does what its model's code/inference.py (JSON here) and the request say. */
const serve = `
const { readFileSync, appendFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { name, fails, silent } = JSON.parse(readFileSync('code/inference.py', 'utf8'));
console.error('loading ' + name);
if (fails) { console.error('ValueError: no weights'); process.exit(1); }
const server = createServer(async (request, response) => {
  if (request.url === '/ping') return response.writeHead(silent ? 503 : 200).end();
  const body = []; for await (const chunk of request) body.push(chunk);
  const text = Buffer.concat(body).toString();
  if (text === 'die') process.exit(1);
  if (text === 'bad') return response.writeHead(400, { 'content-type': 'application/json' }).end('{"message":"bad input"}');
  if (text === 'slow') await new Promise((resolve) => setTimeout(resolve, 500));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ name, text, type: request.headers['content-type'], accept: request.headers.accept, env: process.env.SETTING, ei: process.env.SAGEMAKER_INFERENCE_ACCELERATOR_PRESENT }));
});
server.listen(0, '127.0.0.1', () => { appendFileSync(process.env.PIDS, process.pid + '\\n'); console.log('listening on http://127.0.0.1:' + server.address().port); });`;

let root: string;
let store: ObjectStore;
let hosting: Hosting;
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
      env: { PATH: process.env.PATH ?? '', PIDS: join(root, 'pids'), ...environment },
    }),
    accelerators: 'refused',
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
  hosting = startHosting(options);
  const jobs = new TrainingJobs({ store, python: 'python3', folder: join(root, 'jobs') });
  server = await startAwsServer({ sagemaker: new SageMakerService(hosting, jobs) });
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
  return { stackName: 'serving', logicalId, type: `AWS::SageMaker::${logicalId}`, properties };
}

function modelResource(ModelDataUrl: string): ResolvedResource {
  return resource('Model', {
    ExecutionRoleArn: 'arn:aws:iam::000000000000:role/serving',
    PrimaryContainer: { Image: 'image', ModelDataUrl, Environment: { SETTING: 'from the model' } },
  });
}

/** Model and endpoint configuration as CloudFormation would create them; answers the configuration's name. */
async function configure(modelDataUrl: string, variant: Record<string, unknown> = {}): Promise<string> {
  const model = await new ModelProvider(hosting).create(modelResource(modelDataUrl));
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
    const seen = new Set<unknown>();
    const updating = new AbortController();
    const traffic = (async () => {
      while (!updating.signal.aborted) seen.add((await ask()).name);
    })();
    const slow = ask('slow');
    await delay(50);

    const updated = await new EndpointProvider(hosting).update(endpointResource(green), endpoint);

    updating.abort();
    await traffic;
    expect(updated).toEqual(endpoint);
    expect((await slow).name).toBe('blue');
    expect([...seen].sort()).toContain('blue');
    expect((await ask()).name).toBe('green');
    await until(() => !runs(blue));
    expect(readdirSync(join(root, 'hosting', 'model-data'))).toHaveLength(1);
  });

  test('keeps its old server when the new one does not start', async () => {
    const first = await configure(await storeModel('good'));
    const endpoint = await createEndpoint(first);
    const broken = await configure(await storeModel('broken', { fails: true }));
    const update = new EndpointProvider(hosting).update(endpointResource(broken), endpoint);
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
    await expect(ask('die')).rejects.toMatchObject({ name: 'ModelError', OriginalStatusCode: 500 });
    const said = new Set<string>();
    let answered = false;
    while (!answered) {
      await delay(20);
      answered = await ask().then(
        ({ name }) => name === 'one',
        (error: unknown) => {
          said.add((error as Error).name);
          return false;
        },
      );
    }
    // The dying server may still take a connection, which then breaks; after that nobody listens for a while.
    expect([...said].filter((name) => name !== 'ModelError')).toEqual(['ServiceUnavailable']);
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
  const cases: [string, () => Promise<string>, RegExp][] = [
    [
      'a server that ends',
      () => storeModel('x', { fails: true }),
      /exit code 1.*\n {2}loading x\n {2}ValueError: no weights/s,
    ],
    [
      'a server that is never healthy',
      () => storeModel('x', { silent: true }),
      /did not answer GET \/ping within 2 seconds/,
    ],
    [
      'an artifact that is no tar.gz',
      async () => {
        await store.put('artifacts', 'x.tar.gz', 'text');
        return 's3://artifacts/x.tar.gz';
      },
      /Failed to extract model data archive from URL "s3:\/\/artifacts\/x.tar.gz": it is not a gzipped tar archive/,
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
    ],
  ];
  test.each(cases)('%s', async (_what, artifact, reason) => {
    const configName = await configure(await artifact(), { ContainerStartupHealthCheckTimeoutInSeconds: 2 });
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
    await expect(hosting.describeModel(String(first.attributes.ModelName))).rejects.toThrow('Could not find model');
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
