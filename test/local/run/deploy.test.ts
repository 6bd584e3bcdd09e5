import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployStack } from '../../../lambda/deploy/deploy';
import { parseConfiguration } from '../../../lib/configuration/configuration';
import { namesOf } from '../../../lib/configuration/names';
import { LocalCloud } from '../../../local/run/cloud';
import type { Accelerators } from '../../../local/aws/sagemaker/hosting';
import { packArchive } from '../../../local/aws/sagemaker/model-archive';
import { commands } from '../../docs/commands';
import { processesIn, run } from './command-line';

/*
 * What a user types, with the real CDK CLI, over the life of an application: deploy, change, deploy a model, change
 * again, destroy.
 */
jest.setTimeout(600_000);

const ROOT = join(__dirname, '..', '..', '..');
const NAMES = namesOf(parseConfiguration({}));
const REFUSAL =
  'AWS refused the Elastic Inference accelerator (ml.eia2.xlarge), so the endpoint will serve from the CPU; ' +
  'everything else is deployed.';
/** Handlers that need no library: each text comes back, so that loading takes no time. */
const ECHO = `
class RequestError(Exception): ...
def model_fn(model_dir): return "echo"
def input_fn(body, content_type): return body.decode()
def predict_fn(text, model): return f"{model} {text}"
def output_fn(answer, accept): return answer
`;

/** What the CLI has synthesized, by configuration. */
const assemblies = mkdtempSync(join(tmpdir(), 'assemblies-'));
let folder: string;
let cloud: LocalCloud;

afterAll(() => {
  rmSync(assemblies, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy-'));
});
afterEach(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

async function openCloud(accelerators: Accelerators): Promise<void> {
  cloud = await LocalCloud.open({
    folder: join(folder, 'state'),
    root: ROOT,
    python: join(ROOT, '.venv', 'bin', 'python'),
    accelerators,
  });
}

const user = () => ({ home: folder, workingDirectory: ROOT, url: cloud.url });

/** The file of a configuration, and the CLI's options by which it synthesizes that once. */
function prepare(configuration: object): { file: string; options: string[] } {
  const file = join(folder, 'configuration.json');
  const json = JSON.stringify(configuration);
  writeFileSync(file, json);
  const assembly = join(assemblies, createHash('sha256').update(json).digest('hex').slice(0, 16));
  const app = existsSync(assembly) ? ['--app', assembly] : ['--output', assembly];
  return { file, options: [...app, '--no-notices', '--ci'] };
}

/** The CLI's options for a configuration. */
function optionsFor(configuration: object): string[] {
  const { file, options } = prepare(configuration);
  return ['-c', `configuration=${file}`, ...options];
}

async function deploy(configuration: object): Promise<string> {
  const { file, options } = prepare(configuration);
  const args = ['--configuration', file, ...options, '--require-approval', 'never', '--concurrency', '4'];
  const { code, output } = await run(user(), ...ofReadme('npm run deploy'), '--', ...args);
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
}

/** The words of a command as the README has it. */
function ofReadme(beginning: string): [string, ...string[]] {
  const [command] = commands().filter(({ page, text }) => page === 'README.md' && text.startsWith(beginning));
  const [program = '', ...args] = command?.text.split(' ') ?? [];
  return [program, ...args];
}

function cdk(...args: string[]): Promise<{ code: number; output: string }> {
  return run(user(), join(ROOT, 'node_modules', '.bin', 'cdk'), ...args);
}

/** Leaves nothing behind. */
async function destroy(configuration: object): Promise<void> {
  const [program, ...args] = ofReadme('npx cdk destroy');
  expect(await run(user(), program, ...args, '--force', ...optionsFor(configuration))).toMatchObject({ code: 0 });
  expect(statuses()).toEqual({});
  expect(processesIn(folder)).toEqual([]);
}

function statuses(): Record<string, string> {
  const live = cloud.stacks.all().filter(({ deletedAt }) => deletedAt === undefined);
  return Object.fromEntries(live.map(({ name, status }) => [name, status]));
}

const servingStack = () => cloud.stacks.require(NAMES.servingStack);

function logRetentions(stackName: string): Set<unknown> {
  const resources = Object.values(cloud.stacks.require(stackName).resources);
  const logGroups = resources.filter(({ type }) => type === 'AWS::Logs::LogGroup');
  return new Set(logGroups.map(({ properties }) => properties.RetentionInDays));
}

/** Stores an artifact. */
async function storeModel(): Promise<string> {
  const model = join(folder, 'model');
  mkdirSync(join(model, 'code'), { recursive: true });
  writeFileSync(join(model, 'code', 'inference.py'), ECHO);
  await packArchive(model, join(folder, 'model.tar.gz'));
  const bucket = cloud.output('ArtifactsBucketName') ?? '';
  await cloud.objects.put(bucket, 'models/echo/model.tar.gz', createReadStream(join(folder, 'model.tar.gz')));

  return `s3://${bucket}/models/echo/model.tar.gz`;
}

/** Sets a stack's parameters as the pipeline's Deploy function does. */
async function setParameters(stackName: string, parameters: Readonly<Record<string, string>>): Promise<void> {
  const role = 'arn:aws:iam::000000000000:role/serving-deployment';
  await deployStack({ stackName, parameters }, role, new CloudFormationClient(client()));
  await cloud.stacks.settled(stackName);
}

function client() {
  return {
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}

async function ask(text: string): Promise<string> {
  const { Body } = await new SageMakerRuntimeClient(client()).send(
    new InvokeEndpointCommand({ EndpointName: NAMES.endpoint, ContentType: 'text/plain', Body: text }),
  );
  return Buffer.from(Body).toString();
}

test('cdk and npm run deploy, cdk destroy, and all that comes between', async () => {
  await openCloud('refused');
  expect(await cdk('deploy', '--all', '--require-approval', 'never', ...optionsFor({}))).toMatchObject({ code: 1 });
  const output = await deploy({});
  expect(output.match(/.*AWS refused.*/g)).toEqual([REFUSAL]);
  expect(output).toMatch(/^✓ bootstrap: version 33 in us-east-1\.$/m);
  expect(statuses()).toEqual({
    [NAMES.storageStack]: 'CREATE_COMPLETE',
    [NAMES.servingStack]: 'CREATE_COMPLETE',
    [NAMES.trainingStack]: 'CREATE_COMPLETE',
    [NAMES.apiStack]: 'CREATE_COMPLETE',
    [NAMES.batchStack]: 'CREATE_COMPLETE',
    // Where a refused change set leaves a stack: no resource, nothing to pay for.
    [NAMES.servingAcceleratedStack]: 'REVIEW_IN_PROGRESS',
  });
  expect(cloud.hasEndpoint).toBe(false);

  // A change of resources that are not there yet counts: the first model is served by it.
  await deploy({ serving: { instanceType: 'ml.m5.xlarge' } });
  const modelDataUrl = await storeModel();
  await setParameters(NAMES.servingStack, { ModelDataUrl: modelDataUrl, AcceleratedEndpointConfigName: '' });
  expect(servingStack()).toMatchObject({
    status: 'UPDATE_COMPLETE',
    resources: { EndpointConfig: { properties: { ProductionVariants: [{ InstanceType: 'ml.m5.xlarge' }] } } },
  });
  expect(await ask('one')).toBe('echo one');

  // A changed application keeps the model that is in service.
  const changed = { logRetentionDays: 7, serving: { instanceType: 'ml.c5.large' } };
  expect((await deploy(changed)).match(/.*AWS refused.*/g)).toEqual([REFUSAL]);
  expect(logRetentions(NAMES.trainingStack)).toEqual(new Set([7]));
  expect(servingStack()).toMatchObject({
    status: 'UPDATE_COMPLETE',
    content: { parameters: { ModelDataUrl: { value: modelDataUrl } } },
    resources: {
      Model: { properties: { PrimaryContainer: { ModelDataUrl: modelDataUrl } } },
      EndpointConfig: { properties: { ProductionVariants: [{ InstanceType: 'ml.c5.large' }] } },
    },
  });
  expect(await ask('two')).toBe('echo two');
  expect(processesIn(folder)).toHaveLength(1);

  await destroy(changed);
});

test('npm run deploy keeps the accelerator that the pipeline chose, and what it serves', async () => {
  await openCloud('granted');
  const output = await deploy({});
  expect(output).not.toMatch(/AWS refused/);
  expect(statuses()[NAMES.servingAcceleratedStack]).toBe('CREATE_COMPLETE');

  const modelDataUrl = await storeModel();
  const acceleratedStack = () => cloud.stacks.require(NAMES.servingAcceleratedStack);
  await setParameters(NAMES.servingAcceleratedStack, { ModelDataUrl: modelDataUrl, AcceleratorType: 'ml.eia2.medium' });
  const chosen = acceleratedStack().content.outputs['EndpointConfigName']?.value ?? '';
  await setParameters(NAMES.servingStack, { ModelDataUrl: modelDataUrl, AcceleratedEndpointConfigName: chosen });
  const served = () => servingStack().resources['Endpoint']?.properties['EndpointConfigName'];
  expect(served()).toBe(chosen);

  // The next execution takes what has changed here; until then, what was tested goes on.
  await deploy({ logRetentionDays: 7, serving: { accelerator: 'ml.eia2.large', instanceType: 'ml.c5.large' } });
  expect(served()).toBe(chosen);
  expect(acceleratedStack()).toMatchObject({
    status: 'UPDATE_COMPLETE',
    content: { parameters: { AcceleratorType: { value: 'ml.eia2.medium' }, ModelDataUrl: { value: modelDataUrl } } },
    resources: {
      EndpointConfig: {
        properties: { ProductionVariants: [{ AcceleratorType: 'ml.eia2.medium', InstanceType: 'ml.c5.large' }] },
      },
    },
  });
  expect(await ask('one')).toBe('echo one');

  // Another profile takes the endpoint off the accelerated configuration, and then that goes.
  const onCpu = { serving: { profile: 'cpu' } };
  await deploy(onCpu);
  expect(Object.keys(statuses()).sort()).toEqual(
    [NAMES.storageStack, NAMES.servingStack, NAMES.trainingStack, NAMES.batchStack, NAMES.apiStack].sort(),
  );
  expect(servingStack().resources['EndpointConfig']?.physicalId).toMatch(new RegExp(`/${String(served())}$`));
  expect(await ask('two')).toBe('echo two');

  await deploy({});
  expect(statuses()[NAMES.servingAcceleratedStack]).toBe('CREATE_COMPLETE');
  expect(served()).not.toBe(chosen);
  expect(await ask('three')).toBe('echo three');

  // Changed again, and destroyed without a deployment in between.
  await destroy(onCpu);
});
