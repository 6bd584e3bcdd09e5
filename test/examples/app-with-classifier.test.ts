import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { account, credentials, region } from '../../local/aws/account';
import { LocalCloud } from '../../local/run/cloud';
import { type Gateway, openGateway } from '../../local/run/gateway';
import { processesIn, run } from '../local/run/command-line';
import { packModel } from '../local/run/serving/application';
import { PYTHON, ROOT } from '../local/run/whole-path/local-run';

/*
 * The app in examples/app-with-classifier over its life, as its README has it: the real CDK CLI in the app's own folder, and
 * the account on this machine.
 */
jest.setTimeout(600_000);

const KEY = 'test-key-of-twenty-characters';
const folder = mkdtempSync(join(tmpdir(), 'app-with-classifier-'));
const assembly = join(folder, 'cdk.out');
let cloud: LocalCloud;
/** Where the classifiers are reached, by the variables that tell the function so. */
const gateways: Record<string, Gateway> = {};

beforeAll(async () => {
  cloud = await LocalCloud.open({
    folder: join(folder, 'state'),
    root: ROOT,
    python: PYTHON,
    accelerators: 'refused',
    generatedApiKey: KEY,
  });
  for (const variable of ['DEPARTMENTS_URL', 'TAGS_URL']) gateways[variable] = await openGateway(0);
});
afterAll(async () => {
  for (const gateway of Object.values(gateways)) await gateway.close();
  await cloud.close();
  rmSync(folder, { recursive: true });
});

/** `cdk` in the app's folder. */
async function cdk(...args: string[]): Promise<void> {
  const user = { home: folder, workingDirectory: join(ROOT, 'examples', 'app-with-classifier'), url: cloud.url };
  const { code, output } = await run(user, join(ROOT, 'node_modules', '.bin', 'cdk'), ...args, '--no-notices', '--ci');
  expect(code === 0 ? '' : output).toBe('');
}

/** The address of an API of this account is one of AWS's: has the function ask those on loopback. */
function leadToGateways(): void {
  const file = join(assembly, 'SupportDesk.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8')) as {
    Resources: Record<string, { Properties?: { Environment?: { Variables: Record<string, unknown> } } }>;
  };
  for (const { Properties } of Object.values(template.Resources)) {
    for (const [variable, { url }] of Object.entries(gateways)) {
      const variables = Properties?.Environment?.Variables ?? {};
      if (variable in variables) {
        expect(JSON.stringify(variables[variable])).toMatch(/execute-api.*\/classify/);
        variables[variable] = `${url}/v1/classify`;
      }
    }
  }
  writeFileSync(file, JSON.stringify(template));
}

const stackNames = () => cloud.stacks.live().map(({ name }) => name);
/** The stack of a classifier. */
const stackOf = (classifier: string, kind: string) =>
  stackNames().find((name) => name.startsWith(classifier) && name.endsWith(`-dev-${kind}`)) ?? '';
const outputOf = (stackName: string, name: string) =>
  cloud.stacks.require(stackName).content.outputs[name]?.value ?? '';

const settings = () => ({ endpoint: cloud.url, region, credentials });

/** Puts a model that always answers `label` into service, as a user does. */
async function deployModel(classifier: string, label: string): Promise<void> {
  const training = stackOf(classifier, 'training');
  const bucket = outputOf(training, 'ArtifactsBucketName');
  await cloud.objects.put(bucket, 'uploads/model.tar.gz', createReadStream(await packModel(folder, label)));
  const stepFunctions = new SFNClient(settings());
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: outputOf(training, 'StateMachineArn'),
      input: JSON.stringify({ modelDataUrl: `s3://${bucket}/uploads/model.tar.gz` }),
    }),
  );
  for (;;) {
    const { status, cause } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    if (status !== 'RUNNING') {
      expect({ status, cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What `POST /mails` answers. */
async function sortMail(mail: object): Promise<{ status: number; body: unknown }> {
  const { status, body } = await cloud.restApi('SupportDesk').answer({
    method: 'POST',
    path: '/prod/mails',
    query: new URLSearchParams(),
    rawHeaders: ['content-type', 'application/json', 'x-api-key', KEY],
    sourceIp: '127.0.0.1',
    body: Buffer.from(JSON.stringify(mail)),
  });
  return { status, body: JSON.parse(String(body)) };
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Whether the policies of the deployed function's role allow something; the local API Gateway does not ask them. */
function functionMay(action: string, arn: string): boolean {
  const policies = Object.values(cloud.stacks.require('SupportDesk').resources).filter(
    ({ type, logicalId }) => type === 'AWS::IAM::Policy' && logicalId.startsWith('SortMail'),
  );
  const statements = policies.flatMap(
    ({ properties }) => (properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement,
  );
  const covers = (pattern: string, value: string) => new RegExp(`^${pattern.split('*').join('.*')}$`).test(value);
  return statements.some(
    ({ Effect, Action, Resource }) =>
      Effect === 'Allow' &&
      [Action].flat().some((each) => covers(each, action)) &&
      [Resource].flat().some((each) => covers(each, arn)),
  );
}

test('an app of somebody’s own with two classifiers', async () => {
  await cdk('synth', '--quiet', '--output', assembly);
  leadToGateways();
  await cdk('deploy', '--all', '--app', assembly, '--require-approval', 'never', '--concurrency', '4');
  expect(stackNames()).toHaveLength(11);
  for (const [variable, classifier] of [
    ['DEPARTMENTS_URL', 'departme-'],
    ['TAGS_URL', 'tags-'],
  ] as const) {
    const api = stackOf(classifier, 'api');
    gateways[variable]?.serve(cloud.restApi(api));
    const [, apiId = ''] = /^https:\/\/([\w-]+)\.execute-api\./.exec(outputOf(api, 'ClassifyUrl')) ?? [];
    const methodArn = `arn:aws:execute-api:${region}:${account}:${apiId}/v1/POST/classify`;
    expect(functionMay('execute-api:Invoke', methodArn)).toBe(true);
  }
  expect(functionMay('execute-api:Invoke', `arn:aws:execute-api:${region}:${account}:other/v1/POST/classify`)).toBe(
    false,
  );

  // What a classifier without a model answers is the function's fault to tell, not its to swallow.
  expect(await sortMail({ text: 'Where is my parcel?' })).toMatchObject({ status: 502 });

  await deployModel('departme-', 'delivery');
  await deployModel('tags-', 'urgent');
  expect(await sortMail({ text: 'Where is my parcel?' })).toEqual({
    status: 200,
    body: { department: 'delivery', urgent: true },
  });
  expect(await sortMail({ mail: 'Where is my parcel?' })).toMatchObject({ status: 400 });

  await cdk('destroy', '--all', '--force', '--app', assembly);
  expect(stackNames()).toEqual([]);
  expect(processesIn(folder)).toEqual([]);
  const { Models } = await new SageMakerClient(settings()).send(new ListModelsCommand({}));
  expect(Models).toEqual([]);
});
