import { createReadStream, mkdtempSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BATCH_MARKER, type BatchMarker, BatchPlaces } from '../../../lambda/shared/batch';
import { parseS3Uri } from '../../../lambda/shared/s3-uri';
import { parseConfiguration } from '../../../lib/configuration/configuration';
import { namesOf } from '../../../lib/configuration/names';
import type { ExecutionResult } from '../../../local/aws/step-functions/state-machine';
import { packArchive } from '../../../local/aws/sagemaker/model-archive';
import { LocalCloud } from '../../../local/run/cloud';
import { synthesize } from '../../../local/run/synthesize';
import { User } from '../../cli/terminal';
import { lengthHandlers } from './length-handlers';
import { ASSEMBLIES } from './assemblies';
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
  const stacks = (await synthesize(ROOT, configuration, ASSEMBLIES)).filter(({ stackName }) =>
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

/** An archive of a model that tells short texts from long ones, on this machine. */
async function archiveOf(name: string, longFrom?: number): Promise<string> {
  const model = join(root, name);
  await mkdir(join(model, 'code'), { recursive: true });
  await writeFile(join(model, 'code', 'inference.py'), lengthHandlers(longFrom));
  await copyFile(join(ROOT, 'training-code', 'source', 'contract.py'), join(model, 'code', 'contract.py'));
  await writeFile(join(model, 'model.safetensors'), 'weights');
  await writeFile(join(model, 'config.json'), '{"model_type": "bert", "id2label": {"0": "short", "1": "long"}}');
  await packArchive(model, `${model}.tar.gz`);
  return `${model}.tar.gz`;
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
  await cloud.objects.put(artifacts, 'uploads/model.tar.gz', createReadStream(await archiveOf('model')));
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

test('a batch that ended after one of its files was merged goes on with the others', async () => {
  await cloud.objects.put(data, 'letters/0.csv', 'text\nshort\n');
  await cloud.objects.put(data, 'letters/1.csv', 'text\na longer one\n');
  const given = { input: `s3://${data}/letters/`, output: `s3://${data}/resumed` };
  await expect(classify(given)).resolves.toMatchObject({ status: 'SUCCEEDED' });
  const { etag } = await cloud.objects.head(data, 'resumed/0.csv');
  // As it is left by a run that was stopped between the two.
  const { runId } = JSON.parse(await read(`resumed/${BATCH_MARKER}`)) as BatchMarker;
  await cloud.objects.delete(data, parseS3Uri(BatchPlaces.of(data, runId).result(1)).key);
  await cloud.objects.delete(data, 'resumed/1.csv');

  states = [];
  await expect(classify(given)).resolves.toMatchObject({ status: 'SUCCEEDED', output: { rows: 2, costUsd: 0 } });
  expect(states).not.toContain('ClassifyParts');
  expect((await cloud.objects.head(data, 'resumed/0.csv')).etag).toBe(etag);
  expect(await read('resumed/1.csv')).toContain('a longer one,long');
});

test('npx classifier batch brings files there and back, compares models and finds rows to label', async () => {
  const user = new User();
  user.hasLocalRun({ awsUrl: cloud.url });
  await writeFile(join(user.folder, 'mails.csv'), 'id,text\n1,short\n2,a longer one\n3, \n4,quite a long sentence\n');
  const command = ['batch', '--input', 'mails.csv', '--output', 'results'];
  const more = ['--uncertain', '1', '--compare', await archiveOf('stricter', 20)];
  const { code, stdout, stderr } = await user.types([...command, ...more]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Classified 4 rows of 1 file in \d+ s: 1 row with an error\.$/m);
  expect(stdout).toContain('1 of 4 rows (25.0 %) have another label by the compared model.');
  expect(stdout).toMatch(/^long → short +1$/m);
  const result = (...path: string[]) => readFile(join(user.folder, 'results', ...path), 'utf8');
  const resultsOf = (second: string) =>
    'id,text,label,score,score_short,score_long,error\n1,short,short,1,1,,\n' +
    `2,a longer one,${second},\n3, ,,,,,this row is empty\n4,quite a long sentence,long,1,,1,\n`;
  expect(await result('model', 'mails.csv')).toBe(resultsOf('long,1,,1'));
  expect(await result('compared', 'mails.csv')).toBe(resultsOf('short,1,1,'));
  expect(await result('comparison.csv')).toBe(
    'row,text,text_pair,label_before,label_after,change\n2,a longer one,,long,short,1\n',
  );
  const models = ['model', 'compared'].map(async (folder) => {
    const { model } = JSON.parse(await result(folder, 'manifest.json')) as { model: { sha256: string } };
    return model.sha256;
  });
  expect(new Set(await Promise.all(models)).size).toBe(2);
  expect(await result('uncertain.csv')).toBe('text,label,predicted_label,margin\nshort,,short,1\n');

  // Other results have no place there.
  expect(await user.types(command)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`output ${join(user.folder, 'results')} is not empty`) as string,
  });
  expect(await user.types([...command, '--text-column', 'body', '--output', 'others'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /mails\.csv: there is no column "body", only "id", "text"; correct --text-column/,
    ) as string,
  });
});

test('npx classifier batch keeps files of a folder apart by their names, in any script, and by their subfolders', async () => {
  const user = new User();
  user.hasLocalRun({ awsUrl: cloud.url });
  const names = ['a b.csv', 'a-b.csv', '2024/日本.csv', '2024/中国.csv', '2025/日本.csv'];
  for (const [index, name] of names.entries()) {
    await mkdir(dirname(join(user.folder, 'mails', name)), { recursive: true });
    await writeFile(join(user.folder, 'mails', name), `id,text\n${index},short\n`);
  }
  expect(await user.types(['batch', '--input', 'mails', '--output', 'results'])).toMatchObject({
    ...{ code: 0, stderr: '', stdout: expect.stringContaining('Classified 5 rows of 5 files') as string },
  });
  for (const [index, name] of names.entries()) {
    expect(await readFile(join(user.folder, 'results', name), 'utf8')).toContain(`\n${index},short,short,`);
  }
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
