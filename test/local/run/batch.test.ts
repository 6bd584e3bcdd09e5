import { createReadStream, mkdtempSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfiguration } from '../../../lib/configuration/configuration';
import { namesOf } from '../../../lib/configuration/names';
import type { ExecutionResult } from '../../../local/aws/step-functions/state-machine';
import { packArchive } from '../../../local/aws/sagemaker/model-archive';
import { LocalCloud } from '../../../local/run/cloud';
import { synthesize } from '../../../local/run/synthesize';
import { User } from '../../cli/terminal';
import { LENGTH_HANDLERS } from './length-handlers';
import { PYTHON, ROOT } from './whole-path/local-run';

/* The batch state machine from its input to the manifest: its functions as they are bundled, its job as a process. */

const root = mkdtempSync(join(tmpdir(), 'batch-'));
let cloud: LocalCloud;
let data: string;
let artifacts: string;
let states: string[];

beforeAll(async () => {
  const configuration = join(root, 'configuration.json');
  await writeFile(configuration, '{}');
  cloud = await LocalCloud.open({
    folder: join(root, 'cloud'),
    root: ROOT,
    python: PYTHON,
    accelerators: 'refused',
    onStateEvent: ({ stateEnteredEventDetails: entered }) => states.push(entered?.name ?? ''),
  });
  const { storageStack, trainingStack, batchStack } = namesOf(parseConfiguration({}));
  const stacks = (await synthesize(ROOT, configuration, join(root, 'assemblies'))).filter(({ stackName }) =>
    [storageStack, trainingStack, batchStack].includes(stackName),
  );
  await cloud.publish(stacks);
  for (const stack of stacks) {
    await cloud.deploy(stack);
  }
  const buckets = Object.entries(cloud.stacks.require(storageStack).resources).filter(
    ([, { type }]) => type === 'AWS::S3::Bucket',
  );
  [data = '', artifacts = ''] = ['Data', 'Artifacts'].map(
    (name) => buckets.find(([logicalId]) => logicalId.startsWith(name))?.[1].physicalId ?? '',
  );
}, 120_000);

beforeEach(() => {
  states = [];
});

afterAll(async () => {
  await cloud.close();
  await rm(root, { recursive: true });
});

async function classify(input: object): Promise<ExecutionResult> {
  return cloud.execute('BatchStateMachineArn', { input: `s3://${data}/mails/`, output: `s3://${data}/out`, ...input });
}

async function read(key: string): Promise<string> {
  return String(await cloud.objects.read(data, key));
}

test('without a model nothing is done, and the failure says what to do', async () => {
  await cloud.objects.put(data, 'mails/0.csv', 'id,text\n1,short\n2,a longer one\n3, \n4\n');
  await cloud.objects.put(data, 'mails/1.jsonl', '{"text": "another one"}\n');
  await expect(classify({})).resolves.toMatchObject({
    status: 'FAILED',
    error: 'InvalidInput',
    cause: expect.stringMatching(
      /^PlanBatch failed: there is no model to classify with.*Start again with a corrected input\.$/,
    ) as string,
  });
});

test('every row comes out, and a rerun does only what is missing', async () => {
  const model = join(root, 'model');
  await mkdir(join(model, 'code'), { recursive: true });
  await writeFile(join(model, 'code', 'inference.py'), LENGTH_HANDLERS);
  await copyFile(join(ROOT, 'training-code', 'source', 'contract.py'), join(model, 'code', 'contract.py'));
  await writeFile(join(model, 'model.safetensors'), 'weights');
  await writeFile(join(model, 'config.json'), '{"model_type": "bert", "id2label": {"0": "short", "1": "long"}}');
  await packArchive(model, `${model}.tar.gz`);
  await cloud.objects.put(artifacts, 'uploads/model.tar.gz', createReadStream(`${model}.tar.gz`));
  const modelDataUrl = `s3://${artifacts}/uploads/model.tar.gz`;
  const serving = { accelerator: 'none', modelDataUrl, reason: null };
  await cloud.objects.put(artifacts, 'in-service.json', JSON.stringify({ modelDataUrl, serving }));

  const result = await classify({ instanceCount: 4 });
  expect(result).toMatchObject({
    status: 'SUCCEEDED',
    output: { rows: 5, errors: 2, files: 2, manifestUri: `s3://${data}/out/manifest.json` },
  });
  expect(states.filter((name) => name === 'ClassifyParts')).toHaveLength(1);
  const results = await read('out/0.csv');
  expect(results.split(/\r?\n/)).toEqual([
    'id,text,label,score,error',
    expect.stringMatching(/^1,short,short,1(?:\.0)?,$/) as string,
    expect.stringMatching(/^2,a longer one,long,1(?:\.0)?,$/) as string,
    expect.stringMatching(/^3, ,,,this row is empty$/) as string,
    expect.stringMatching(/^4,,,,.*the row has 1 field where 2 are expected/) as string,
    '',
  ]);
  expect(JSON.parse(await read('out/1.jsonl'))).toMatchObject({ text: 'another one', label: 'long', score: 1 });

  // Nothing is missing.
  states = [];
  await expect(classify({})).resolves.toMatchObject({ status: 'SUCCEEDED', output: { rows: 5, costUsd: 0 } });
  expect(states).not.toContain('ClassifyParts');

  // As a run that was killed leaves it.
  const [{ key } = { key: '' }, ...others] = await cloud.objects
    .list(data, 'batch/')
    .then((objects) => objects.filter((object) => object.key.includes('/answers/')));
  expect(others).toHaveLength(1);
  await cloud.objects.delete(data, key);
  for (const left of await cloud.objects.list(data, `${key.split('/answers/')[0] ?? ''}/results/`)) {
    await cloud.objects.delete(data, left.key);
  }
  await cloud.objects.delete(data, 'out/0.csv');
  states = [];
  await expect(classify({})).resolves.toMatchObject({ status: 'SUCCEEDED' });
  expect(states).toContain('ClassifyParts');
  const [missing] = (await cloud.objects.list(data, 'batch/')).filter((object) =>
    object.key.endsWith('missing-parts.json'),
  );
  expect(JSON.parse(await read(missing?.key ?? ''))).toHaveLength(2);
  expect(await read('out/0.csv')).toBe(results);

  // Another run has no place there.
  await expect(classify({ scores: 'all' })).resolves.toMatchObject({
    status: 'FAILED',
    cause: expect.stringContaining('has the results of another run') as string,
  });
});

test('npx classifier batch brings files there and back, compares models and finds rows to label', async () => {
  const user = new User();
  user.hasLocalRun({ awsUrl: cloud.url });
  await writeFile(join(user.folder, 'mails.csv'), 'id,text\n1,short\n2,a longer one\n3, \n');
  const command = ['batch', '--input', 'mails.csv', '--output', 'results'];
  const more = ['--uncertain', '1', '--compare', join(root, 'model.tar.gz')];
  const { code, stdout, stderr } = await user.types([...command, ...more]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Classified 3 rows of 1 file in \d+ s: 1 row with an error\.$/m);
  expect(stdout).toContain('0 of 3 rows (0.0 %) have another label by the compared model.');
  const result = (...path: string[]) => readFile(join(user.folder, 'results', ...path), 'utf8');
  expect(await result('model', 'mails.csv')).toBe(
    'id,text,label,score,score_short,score_long,error\n1,short,short,1,1,,\n2,a longer one,long,1,,1,\n' +
      '3, ,,,,,this row is empty\n',
  );
  expect(await result('compared', 'mails.csv')).toBe(await result('model', 'mails.csv'));
  expect(await result('uncertain.csv')).toBe('text,label,predicted_label,margin\nshort,,short,1\n');

  // Other results have no place there.
  expect(await user.types(command)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`output ${join(user.folder, 'results')} is not empty`) as string,
  });
});

test('a job that fails says why, without a text, and how to go on', async () => {
  await cloud.objects.put(data, 'bad/0.jsonl', '{"text": "unknown"}\n');
  await expect(classify({ input: `s3://${data}/bad/`, output: `s3://${data}/bad-out` })).resolves.toMatchObject({
    status: 'FAILED',
    error: 'ProcessingFailed',
    cause: expect.stringMatching(
      /^ClassifyParts failed: processing job \S+ ended as Failed: the model failed: LookupError\. Its log: https:\S+ Start the same execution again/,
    ) as string,
  });
});
