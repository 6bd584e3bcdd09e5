import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploy as deployAfter } from '../../bin/deploy';
import type { Finding } from '../../cli/doctor/finding';

const REFUSAL = 'Unsupported property [AcceleratorType] (at /Resources/EndpointConfig)';
const LIMIT = "ResourceLimitExceeded: The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances";
const succeeds = { succeeded: true, errors: '' };
const fails = (errors = '') => ({ succeeded: false, errors });

type Cdk = Parameters<typeof deployAfter>[1];

/** `npm run deploy` where nothing is wrong. */
const deploy = (args: readonly string[], cdk: Cdk) => deployAfter(args, cdk, () => Promise.resolve([]));

let folder: string;
let told: jest.SpyInstance;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  told = jest.spyOn(console, 'log').mockImplementation();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  told.mockRestore();
});

function configuration(content: object): string {
  const file = join(folder, 'configuration.json');
  writeFileSync(file, JSON.stringify({ name: 'name', stage: 'stage', ...content }));
  return `configuration=${file}`;
}

test.each([
  { case: 'all stacks deploy', results: [succeeds, succeeds], code: 0, sentences: 0 },
  { case: 'the accelerator is refused', results: [succeeds, fails(REFUSAL)], code: 0, sentences: 1 },
  { case: 'the accelerated stack fails of something else', results: [succeeds, fails(LIMIT)], code: 1, sentences: 0 },
  { case: 'another stack fails', results: [fails()], code: 1, sentences: 0 },
])('the exit code is $code when $case', async ({ results, code, sentences }) => {
  const cdk = jest.fn();
  results.forEach((result) => cdk.mockResolvedValueOnce(result));

  expect(await deploy(['-c', configuration({})], cdk)).toBe(code);
  expect(cdk).toHaveBeenCalledTimes(results.length);
  expect(told).toHaveBeenCalledTimes(sentences);
});

test('a refusal is told in one sentence that names the accelerator', async () => {
  const cdk = jest.fn().mockResolvedValueOnce(succeeds).mockResolvedValueOnce(fails(REFUSAL));
  await deploy(['-c', configuration({ serving: { accelerator: 'ml.eia1.medium' } })], cdk);
  expect(told).toHaveBeenCalledWith(
    '\nAWS refused the Elastic Inference accelerator (ml.eia1.medium), so the endpoint will serve from the CPU; everything ' +
      'else is deployed.',
  );
});

test.each(['cpu', 'gpu', 'serverless'])('where %s serves, what is left of an accelerator goes too', async (profile) => {
  const cdk = jest.fn().mockResolvedValue(succeeds);
  const args = ['--context', configuration({ serving: { profile } })];
  expect(await deploy(args, cdk)).toBe(0);
  expect(cdk.mock.calls).toEqual([[['--all', ...args], 'shown']]);
});

test.each([
  { named: (file: string) => ['--configuration', file] },
  { named: (file: string) => [`--configuration=${file}`] },
  { named: (file: string) => ['-c', 'configuration=another.json', '--configuration', file] },
])('--configuration names the file here as for npx classifier ($named)', async ({ named }) => {
  const cdk = jest.fn().mockResolvedValue(succeeds);
  const context = configuration({ serving: { profile: 'cpu' } });
  const options = named(context.replace('configuration=', ''));
  const examination = jest.fn().mockResolvedValue([]);
  expect(await deployAfter(['--method', 'direct', ...options, '--ci'], cdk, examination)).toBe(0);
  expect(examination).toHaveBeenCalledWith(expect.objectContaining({ stage: 'stage' }), expect.anything());
  // The CLI does not know the option, and takes the last of the contexts.
  const [[args]] = cdk.mock.calls as [[readonly string[]]];
  expect(args.filter((arg) => arg.startsWith('--'))).toEqual(['--all', '--method', '--ci']);
  expect(args.slice(-2)).toEqual(['-c', context]);
});

test('of two configurations in the context, the last counts, as for the CLI', async () => {
  const cdk = jest.fn().mockResolvedValue(succeeds);
  const args = ['-c', 'configuration=nowhere.json', '-c', configuration({ serving: { profile: 'cpu' } })];
  expect(await deploy(args, cdk)).toBe(0);
});

test('--configuration names a file of the folder that it is typed in', async () => {
  const cdk = jest.fn().mockResolvedValue(succeeds);
  const context = configuration({ serving: { profile: 'cpu' } });
  const before = process.env['INIT_CWD'];
  process.env['INIT_CWD'] = folder;
  try {
    expect(await deploy(['--configuration', 'configuration.json'], cdk)).toBe(0);
  } finally {
    if (before === undefined) delete process.env['INIT_CWD'];
    else process.env['INIT_CWD'] = before;
  }
  expect(cdk.mock.lastCall).toEqual([['--all', '-c', context], 'shown']);
});

test('--configuration without a file is refused, and does not deploy the default one', async () => {
  const cdk = jest.fn();
  await expect(deploy(['--configuration'], cdk)).rejects.toThrow('--configuration must name a file');
  expect(cdk).not.toHaveBeenCalled();
});

test('the outputs of both runs of the CLI are in the file that was asked for', async () => {
  const outputsFile = join(folder, 'outputs.json');
  const writing = (outputs: object) => () => {
    writeFileSync(outputsFile, JSON.stringify(outputs));
    return Promise.resolve(succeeds);
  };
  const api = { 'name-stage-api': { ApiKeyId: 'key' } };
  const accelerated = { 'name-stage-serving-accelerated': { ConfigurationHash: 'hash' } };
  for (const option of [['-O', outputsFile], [`--outputs-file=${outputsFile}`]]) {
    const cdk = jest.fn().mockImplementationOnce(writing(api)).mockImplementationOnce(writing(accelerated));
    expect(await deploy(['-c', configuration({}), ...option], cdk)).toBe(0);
    expect(JSON.parse(readFileSync(outputsFile, 'utf8'))).toEqual({ ...api, ...accelerated });
  }
});

test('where the accelerator is refused, the outputs of all else stay in the file that was asked for', async () => {
  const outputsFile = join(folder, 'outputs.json');
  const api = { 'name-stage-api': { ApiKeyId: 'key' } };
  const cdk = jest.fn().mockImplementationOnce(() => {
    writeFileSync(outputsFile, JSON.stringify(api));
    return Promise.resolve(succeeds);
  });
  // The CLI writes the file once all has been deployed.
  cdk.mockResolvedValueOnce(fails(REFUSAL));
  expect(await deploy(['-c', configuration({}), '--outputs-file', outputsFile], cdk)).toBe(0);
  expect(cdk).toHaveBeenCalledTimes(2);
  expect(JSON.parse(readFileSync(outputsFile, 'utf8'))).toEqual(api);
});

test.each(['any-change', 'broadening'])('both runs of the CLI require the approval %s', async (approval) => {
  const cdk = jest.fn().mockResolvedValue(succeeds);
  const args = ['--require-approval', approval, '-c', configuration({})];
  expect(await deploy(args, cdk)).toBe(0);
  const calls = cdk.mock.calls as [readonly string[], ...unknown[]][];
  expect(calls.map(([given]) => given.slice(-args.length))).toEqual([args, args]);
});

test.each([
  { given: [], app: ['--app', 'cdk.out'] },
  { given: ['-o', 'elsewhere'], app: ['--app', 'elsewhere'] },
  { given: ['--output=elsewhere'], app: ['--app', 'elsewhere'] },
  { given: ['--app', 'synthesized'], app: [] },
])('with the options $given, the accelerated stack is taken from $app', async ({ given, app }) => {
  const cdk = jest.fn().mockResolvedValue(succeeds);
  const args = ['-c', configuration({}), ...given];
  await deploy(args, cdk);
  expect(cdk.mock.lastCall).toEqual([
    ['name-stage-serving-accelerated', '--exclusively', '--ci', ...app, ...args],
    'read',
  ]);
});

test('a wrong configuration is refused before anything is deployed', async () => {
  const cdk = jest.fn();
  await expect(deploy(['-c', configuration({ logRetentionDays: 2 })], cdk)).rejects.toThrow(/logRetentionDays/);
  expect(cdk).not.toHaveBeenCalled();
});

test.each<[Finding['verdict'], number]>([
  ['deployment', 1],
  ['choice', 1],
  ['run', 0],
  ['unknown', 0],
])('what would fail is told first, and where it is the %s, nothing is deployed', async (verdict, code) => {
  const cdk = jest.fn().mockResolvedValue(succeeds);
  const silent = jest.spyOn(console, 'error').mockImplementation();
  const findings = [{ subject: 'bootstrap', verdict, sentence: 'it is missing.' }];
  const args = ['-c', configuration({ serving: { profile: 'cpu' } })];
  expect(await deployAfter(args, cdk, () => Promise.resolve(findings))).toBe(code);
  expect(told).toHaveBeenCalledWith(expect.stringContaining('bootstrap: it is missing.'));
  expect(cdk).toHaveBeenCalledTimes(1 - code);
  silent.mockRestore();
});

test('new buckets are made beside those that an earlier deployment has left where that is asked for', async () => {
  const cdk = jest.fn().mockResolvedValue(succeeds);
  const findings = [{ subject: 'buckets', verdict: 'choice', sentence: 'two are left.' }] as const;
  const args = ['-c', configuration({ serving: { profile: 'cpu' } })];
  expect(await deployAfter([...args, '--new-buckets'], cdk, () => Promise.resolve(findings))).toBe(0);
  // The CLI does not know the option.
  expect(cdk.mock.calls).toEqual([[['--all', ...args], 'shown']]);
});
