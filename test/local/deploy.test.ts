import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { execFile, execFileSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployStack } from '../../lambda/deploy/deploy';
import { parseConfiguration } from '../../lib/configuration';
import { namesOf } from '../../lib/names';
import { LocalCloud } from '../../local/cloud';
import { packArchive } from '../../local/sagemaker/model-archive';

/*
 * What a user types, with the real CDK CLI, over the life of an application: deploy, change, deploy a model, change
 * again, destroy.
 */
jest.setTimeout(300_000);

const ROOT = join(__dirname, '..', '..');
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

const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
let cloud: LocalCloud;

beforeAll(async () => {
  cloud = await LocalCloud.open({
    folder: join(folder, 'state'),
    root: ROOT,
    python: join(ROOT, '.venv', 'bin', 'python'),
    accelerators: 'refused',
  });
});
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
});

/** Runs a command in the project as a user who knows of AWS only what this environment says. */
function run(command: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_ENDPOINT_URL: cloud.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  return new Promise((resolve) => {
    execFile(command, args, { cwd: ROOT, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

/** The CLI's options for a configuration, in a folder of this test's own. */
function optionsFor(configuration: object): string[] {
  const file = join(folder, 'configuration.json');
  writeFileSync(file, JSON.stringify(configuration));
  return ['-c', `configuration=${file}`, '--output', join(folder, 'cdk.out'), '--no-notices', '--ci'];
}

async function deploy(configuration: object): Promise<string> {
  const options = [...optionsFor(configuration), '--require-approval', 'never', '--concurrency', '4'];
  const { code, output } = await run('npm', 'run', 'deploy', '--', ...options);
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
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

/** Stores an artifact and puts it in service as the pipeline's Deploy function does. */
async function putInService(): Promise<string> {
  const model = join(folder, 'model');
  mkdirSync(join(model, 'code'), { recursive: true });
  writeFileSync(join(model, 'code', 'inference.py'), ECHO);
  await packArchive(model, join(folder, 'model.tar.gz'));
  const bucket = cloud.output('ArtifactsBucketName') ?? '';
  await cloud.objects.put(bucket, 'models/echo/model.tar.gz', createReadStream(join(folder, 'model.tar.gz')));

  const modelDataUrl = `s3://${bucket}/models/echo/model.tar.gz`;
  const parameters = { ModelDataUrl: modelDataUrl, AcceleratedEndpointConfigName: '' };
  await deployStack(NAMES.servingStack, parameters, new CloudFormationClient(client()));
  await cloud.stacks.settled(NAMES.servingStack);
  return modelDataUrl;
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

/** The processes that serve this test's endpoints, without the shells that guard them. */
function modelServers(): string[] {
  const processes = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return processes.filter((line) => /^ *\d+ \S*python /.test(line) && line.includes(folder));
}

test('npm run deploy and cdk destroy, with all that comes between', async () => {
  const output = await deploy({});
  expect(output.match(/.*AWS refused.*/g)).toEqual([REFUSAL]);
  expect(statuses()).toEqual({
    [NAMES.storageStack]: 'CREATE_COMPLETE',
    [NAMES.servingStack]: 'CREATE_COMPLETE',
    [NAMES.trainingStack]: 'CREATE_COMPLETE',
    [NAMES.apiStack]: 'CREATE_COMPLETE',
    // Where a refused change set leaves a stack: no resource, nothing to pay for.
    [NAMES.servingAcceleratedStack]: 'REVIEW_IN_PROGRESS',
  });
  expect(cloud.hasEndpoint).toBe(false);

  // A change of resources that are not there yet counts: the first model is served by it.
  await deploy({ serving: { instanceType: 'ml.m5.xlarge' } });
  const modelDataUrl = await putInService();
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
  expect(modelServers()).toHaveLength(1);

  const cdk = join(ROOT, 'node_modules', '.bin', 'cdk');
  expect(await run(cdk, 'destroy', '--all', '--force', ...optionsFor(changed))).toMatchObject({ code: 0 });
  expect(statuses()).toEqual({});
  expect(modelServers()).toEqual([]);
});
