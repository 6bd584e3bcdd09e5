import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { credentials, region } from '../../local/aws/account';
import { LocalRun, PYTHON } from '../local/run/whole-path/local-run';
import { Clone } from './clone';
import { commands, commandsIn } from './commands';
import { ROOT } from './markdown';

/*
 * Every command of the documents, as it stands there: typed into a shell, in a clone of this project that serves a model of
 * chance.
 */
jest.setTimeout(240_000);

// Nothing is asked of other machines: what an execution would train on is not there.
const clone = new Clone({
  dataset: { source: 'http://127.0.0.1:9/none.csv' },
  gate: { minimum: -1 },
  api: { pages: true, bearerKeys: true },
});
const project = clone.folder;
const stateFolder = join(project, '.local');
let local: LocalRun;
/** Of the shell. */
let environment: Record<string, string | undefined>;

/** The variables that the documents leave to their reader. */
const VARIABLES = ['KEY', 'STATE_MACHINE_ARN', 'DATA_BUCKET', 'API_KEY_ID', 'SCHEDULER_ROLE_ARN'];

interface Rule {
  readonly of: RegExp;
  /** Does what the command says, and throws where it does not work. */
  readonly run: (command: string, page: string) => Promise<void> | void;
}

/** The first that fits counts. */
const RULES: readonly Rule[] = [
  // The run of this test, whose own start it is; test/local/run/setup.test.ts has its set-up.
  {
    of: /^npm start$/,
    run: () => {
      expect(local.output).toContain('Serving the model that is in service since the last run');
    },
  },
  // Which runs this test, too.
  {
    of: /^npm test$/,
    run: (command) => {
      expect(readFileSync(join(ROOT, '.ci', 'run'), 'utf8').split('\n')).toContain(command);
    },
  },
  // starts.test.ts types these.
  { of: /^npm start -- /, run: () => undefined },
  // test/local/run/deploy.test.ts types these as they stand here, with the real CDK, against the stand-ins.
  { of: /^npm run deploy$|^npx cdk destroy --all$/, run: () => undefined },
  // In an app of somebody's own: test/package.test.ts installs the package, test/examples deploys an app.
  { of: /^npm install(?: \S+\.tgz)?$|^npx cdk deploy --all$/, run: () => undefined },
  // The same there, with configurations of its own.
  {
    of: /^npm run deploy -- --configuration \S+$|^npx cdk destroy --all -c configuration=\S+$/,
    run: namesAFile,
  },
  // What the clone's packages are of: test/local/run/setup.test.ts has the set-up that does it, too.
  { of: /^npm ci$/, run: () => undefined },
  // The account of the stand-ins is bootstrapped.
  { of: /^npx cdk bootstrap$/, run: (command, page) => typed(`${command} --show-template`, page) },
  // What it finds of quotas and images, which have no stand-ins, is no matter here.
  {
    of: /^npx classifier doctor$/,
    run: async (command, page) => {
      expect((await shell(command, page)).stdout).toMatch(/^✓ bootstrap: /m);
    },
  },
  // Of an execution that has found no data, which the configuration here has none of.
  {
    of: /^npx classifier pipeline logs$/,
    run: async (command, page) => {
      expect(await shell(command, page)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no job') as unknown,
      });
    },
  },
  { of: /^(?:npx classifier|npm run batch --) /, run: typed },
  {
    of: /^aws apigateway get-api-key /,
    run: async (command, page) => {
      expect(JSON.parse((await shell(command, page)).stdout)).toMatchObject({ value: environment['KEY'] });
    },
  },
  { of: /^curl /, run: answered },
  { of: /^(?:aws|node|python|\.venv\/bin\/python|npx tsx|examples\/clients\/\S+\.sh) /, run: typed },
  { of: /^export /, run: () => undefined },
];

beforeAll(async () => {
  const baseModel = join(project, 'tiny');
  execFileSync(PYTHON, [join(ROOT, 'test/local/run/whole-path/tiny_base_model.py'), baseModel], {
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  });
  const training = ['--data', join(project, 'sentences.csv'), '--base-model', baseModel, '--epochs', '1', '--once'];
  const first = new LocalRun({ project, stateFolder, args: training });
  expect({ code: await first.ended, output: first.output }).toMatchObject({ code: 0 });
  local = new LocalRun({ project, stateFolder, args: ['--port', '0'] });
  const { url, key } = await local.serving();
  const [, awsUrl = ''] = await local.says(/^AWS +(\S+)/m);
  await setEnvironment(url, key, awsUrl);
});
afterAll(async () => {
  local.kill('SIGINT');
  await local.ended;
  rmSync(project, { recursive: true });
});

async function setEnvironment(url: string, key: string, awsUrl: string): Promise<void> {
  const client = { endpoint: awsUrl, region, credentials };
  const { Stacks = [] } = await new CloudFormationClient(client).send(new DescribeStacksCommand({}));
  const outputs = new Map(
    Stacks.flatMap(({ Outputs = [] }) => Outputs.map((each) => [each.OutputKey, each.OutputValue])),
  );
  const bucket = outputs.get('DataBucketName');
  environment = {
    AWS_ENDPOINT_URL: awsUrl,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_PROFILE: undefined,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    SERVED_AT: new URL(url).host,
    KEY: key,
    STATE_MACHINE_ARN: outputs.get('StateMachineArn'),
    DATA_BUCKET: bucket,
    API_KEY_ID: outputs.get('ApiKeyId'),
    SCHEDULER_ROLE_ARN: 'arn:aws:iam::123456789012:role/starts-the-pipeline',
  };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const mails = { Bucket: bucket, Key: 'mails/mails.csv', Body: readFileSync(join(project, 'mails.csv')) };
  await s3.send(new PutObjectCommand(mails));
  // The model in service, as if it were another one.
  const read = async (Bucket: string | undefined, Key: string) =>
    buffer((await s3.send(new GetObjectCommand({ Bucket, Key }))).Body as Readable);
  const inService = await read(outputs.get('ArtifactsBucketName'), 'in-service.json');
  const { modelDataUrl } = JSON.parse(inService.toString()) as { readonly modelDataUrl: string };
  const { host, pathname } = new URL(modelDataUrl);
  mkdirSync(join(project, 'other'));
  writeFileSync(join(project, 'other', 'model.tar.gz'), await read(host, pathname.slice(1)));
}

/** What a shell says that the command is typed into, after the lines of its page that set variables. */
function shell(command: string, page: string): ReturnType<Clone['shell']> {
  const exported = commands().filter((each) => each.page === page && each.text.startsWith('export '));
  const script = [...exported.map(({ text }) => text), command].join('\n');
  return clone.shell(script.replaceAll('localhost:8080', environment['SERVED_AT'] ?? ''), environment);
}

async function typed(command: string, page: string): Promise<void> {
  const { code, stdout, stderr } = await shell(command, page);
  if (code !== 0) {
    throw new Error(`"${command}" ended with ${code}: ${stdout}${stderr}`);
  }
}

async function answered(command: string, page: string): Promise<void> {
  const { stdout } = await shell(`${command} --silent --show-error`, page);
  expect(JSON.parse(stdout)).toEqual([
    expect.arrayContaining([{ label: expect.any(String) as unknown, score: expect.any(Number) as unknown }]),
  ]);
}

function namesAFile(command: string): void {
  expect(existsSync(join(project, /configuration[= ](\S+)/.exec(command)?.[1] ?? ''))).toBe(true);
}

/** Each once, as of the first page that has it. */
const distinct = commands()
  .filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index)
  .map(({ page, text }) => [page, text] as const);

it.each(distinct)('%s: %s', async (page, command) => {
  const rule = RULES.find(({ of }) => of.test(command));
  if (rule === undefined) {
    throw new Error(`${page}: no rule of commands.test.ts says how "${command}" is run`);
  }
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [, script] = /^npm (?:run )?(?!install|ci\b)([\w-]+)/.exec(command) ?? [];
  expect(script === undefined ? [] : Object.keys(scripts)).toEqual(
    script === undefined ? [] : expect.arrayContaining([script]),
  );
  await rule.run(command, page);
});

it('knows every variable that the documents leave to their reader', () => {
  const set = commands().flatMap(({ text }) => (text.startsWith('export ') ? text.match(/\w+(?==)/g) : null) ?? []);
  const used = commands().flatMap(({ text }) => [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name));
  expect(used.filter((name) => ![...VARIABLES, ...set].includes(name))).toEqual([]);
  expect(VARIABLES.filter((name) => environment[name] === undefined)).toEqual([]);
});

it('reads commands as a shell does', () => {
  expect(commandsIn('npm start   # trains\n# a remark\ncurl x \\\n  -d "#1"\n')).toEqual([
    'npm start',
    'curl x -d "#1"',
  ]);
});
