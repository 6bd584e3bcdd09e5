import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { credentials, region } from '../../local/aws/account';
import { parseOptions } from '../../local/run/options';
import { LocalRun, PYTHON } from '../local/run/whole-path/local-run';
import { commands, commandsIn } from './commands';
import { ROOT } from './markdown';

/*
 * Every command of the documents, as it stands there: typed into a shell, in a copy of this project that serves a model of
 * chance, with the files beside it that the documents speak of.
 */
jest.setTimeout(240_000);

const project = mkdtempSync(join(tmpdir(), 'documents-'));
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
  // What it then does, test/local/run/whole-path has.
  { of: /^npm start -- /, run: understood },
  // test/local/run/deploy.test.ts types these as they stand here, with the real CDK, against the stand-ins.
  { of: /^npm run deploy$|^npx cdk destroy --all$/, run: () => undefined },
  // In an app of somebody's own: test/package.test.ts installs the package, test/examples deploys an app.
  { of: /^npm install(?: \S+\.tgz)?$|^npx cdk deploy --all$/, run: () => undefined },
  { of: /^npm run deploy -- -c configuration=\S+$/, run: namesAFile },
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
  { of: /^curl /, run: answered },
  { of: /^(?:aws|node|python|\.venv\/bin\/python|npx tsx|examples\/clients\/\S+\.sh) /, run: typed },
  { of: /^export /, run: () => undefined },
];

beforeAll(async () => {
  makeProject();
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

/** A clone of this project, and the files that its documents speak of. */
function makeProject(): void {
  const folders = ['bin', 'cli', 'lib', 'lambda', 'local', 'training-code', 'web', 'examples'];
  for (const name of [...folders, 'cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(project, name), { recursive: true });
  }
  for (const name of ['node_modules', '.venv']) {
    symlinkSync(join(ROOT, name), join(project, name));
  }
  const file = (name: string, content: string) => {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), content);
  };
  // Nothing is asked of other machines: what an execution would train on is not there.
  const configuration = {
    dataset: { source: 'http://127.0.0.1:9/none.csv' },
    gate: { minimum: -1 },
    api: { pages: true, bearerKeys: true },
  };
  file('configuration.json', JSON.stringify(configuration));
  file('production.json', '{"stage": "production"}');
  const rows = ['a', 'the', 'one', 'my', 'your', 'this'].flatMap((word) =>
    ['cat', 'dog', 'bird', 'child'].flatMap((noun) => [`${word} ${noun} sleeps,good`, `${word} ${noun} sleep,bad`]),
  );
  file('sentences.csv', ['text,label', ...rows, ''].join('\n'));
  file('test.csv', 'text,label\nthe cat sleeps,good\n');
  file('reviews.csv', 'review,stars\nthe cat sleeps,5\n');
  file('mails.csv', 'id,text\n1,the cat sleeps\n2,the dog wait\n');
  file('mails.jsonl', '{"text": "the cat sleeps", "label": "good"}\n');
  file('judged.jsonl', '{"text": "the cat sleeps", "label": "good"}\n');
  file('texts.txt', 'the cat sleeps\nthe dog wait\n');
  file('finished/config.json', '{}');
  // The command line of AWS, and the Python that a virtual environment would put there.
  for (const [name, command] of [
    ['aws', `"${PYTHON}" "${join(ROOT, 'test', 'docs', 'aws.py')}"`],
    ['python', `"${PYTHON}"`],
  ] as const) {
    file(join('commands', name), `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(join(project, 'commands', name), 0o755);
  }
}

async function setEnvironment(url: string, key: string, awsUrl: string): Promise<void> {
  const client = { endpoint: awsUrl, region, credentials };
  const { Stacks = [] } = await new CloudFormationClient(client).send(new DescribeStacksCommand({}));
  const outputs = new Map(
    Stacks.flatMap(({ Outputs = [] }) => Outputs.map((each) => [each.OutputKey, each.OutputValue])),
  );
  const bucket = outputs.get('DataBucketName');
  environment = {
    ...process.env,
    PATH: `${join(project, 'commands')}:${process.env.PATH ?? ''}`,
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
    API_KEY_ID: 'abcdefghij',
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
function shell(command: string, page: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const exported = commands().filter((each) => each.page === page && each.text.startsWith('export '));
  const script = [...exported.map(({ text }) => text), command].join('\n');
  const here = script.replaceAll('localhost:8080', environment['SERVED_AT'] ?? '');
  return new Promise((resolve) => {
    execFile('bash', ['-euo', 'pipefail', '-c', here], { cwd: project, env: environment }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
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

function understood(command: string): void {
  const words = execFileSync('bash', ['-c', `printf '%s\\n' ${command.replace('npm start -- ', '')}`], {
    encoding: 'utf8',
  });
  expect(parseOptions(words.trimEnd().split('\n'), project)).toBeDefined();
}

function namesAFile(command: string): void {
  expect(existsSync(join(project, /configuration=(\S+)/.exec(command)?.[1] ?? ''))).toBe(true);
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
  const [, script] = /^npm (?:run )?(?!install)([\w-]+)/.exec(command) ?? [];
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
