import { createReadStream } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { planBatch } from '../../../lambda/plan-batch/plan';
import type { BatchRun, PlannedBatch } from '../../../lambda/shared/batch';
import { DatasetUnavailable, InvalidArtifact, InvalidInput } from '../../../lambda/shared/step-errors';
import { packArchive } from '../../../local/aws/sagemaker/model-archive';
import { ARTIFACTS_BUCKET, DATA_BUCKET, LocalS3 } from '../local-s3';

const INPUT = `s3://${DATA_BUCKET}/mails/`;
const OUTPUT = `s3://${DATA_BUCKET}/results/`;

let s3: LocalS3;

beforeEach(async () => {
  s3 = await LocalS3.open();
  await s3.store.put(DATA_BUCKET, 'mails/b.jsonl.gz', 'x');
  await s3.store.put(DATA_BUCKET, 'mails/a/1.csv', 'text\nx\n');
  await s3.store.put(DATA_BUCKET, 'mails/_SUCCESS', '');
});

afterEach(async () => {
  await s3.close();
});

async function plan(input: object = {}): Promise<PlannedBatch> {
  return planBatch(
    { input: INPUT, output: OUTPUT, ...input },
    {
      dataBucket: DATA_BUCKET,
      artifactsBucket: ARTIFACTS_BUCKET,
      defaults: { instanceType: 'ml.c7i.4xlarge', instanceCount: 1 },
      s3: s3.client,
    },
  );
}

/** Stores a model, and answers where. */
async function model(
  name: string,
  config: object = {},
  weights = 'model.safetensors',
  tokenizer?: object,
): Promise<string> {
  const folder = join(s3.folder, name);
  await mkdir(join(folder, 'code'), { recursive: true });
  await writeFile(join(folder, 'code', 'inference.py'), name);
  await writeFile(join(folder, weights), 'weights');
  if (tokenizer !== undefined) {
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(tokenizer));
  }
  const id2label = { 10: 'c', 0: 'a', 2: 'b' };
  await writeFile(join(folder, 'config.json'), JSON.stringify({ model_type: 'bert', id2label, ...config }));
  await packArchive(folder, `${folder}.tar.gz`);
  await s3.store.put(ARTIFACTS_BUCKET, `training/${name}/model.tar.gz`, createReadStream(`${folder}.tar.gz`));
  return `s3://${ARTIFACTS_BUCKET}/training/${name}/model.tar.gz`;
}

async function inService(modelDataUrl: string): Promise<void> {
  const serving = { accelerator: 'none', modelDataUrl, reason: null };
  await s3.store.put(ARTIFACTS_BUCKET, 'in-service.json', JSON.stringify({ modelDataUrl, serving }));
}

test('pins the model in service, and writes down the files and what becomes of them', async () => {
  await inService(await model('one', { problem_type: 'multi_label_classification' }));
  const planned = await plan({ textColumn: 1, scores: 'all', overflow: 'window', maxErrors: 5, instanceCount: 4 });
  const run = (await s3.json(`${planned.run}/run.json`)) as BatchRun;
  expect(run).toMatchObject({
    runId: planned.run.replace(`s3://${DATA_BUCKET}/batch/`, ''),
    input: INPUT,
    output: `s3://${DATA_BUCKET}/results`,
    files: [
      { uri: `${INPUT}a/1.csv`, name: 'a/1.csv', bytes: 7, isGzipped: false, outputFormat: 'csv' },
      { uri: `${INPUT}b.jsonl.gz`, name: 'b.jsonl.gz', bytes: 1, isGzipped: true, outputFormat: 'jsonl' },
    ],
    ...{ textColumn: '1', pairColumn: null, scores: 'all', overflow: 'window' },
    model: { labels: ['a', 'b', 'c'], severalLabels: true, hasPairs: false, inWindows: false, maxLength: null },
  });
  expect(run.model.url).toBe(`s3://${DATA_BUCKET}/batch/models/${run.model.sha256}/model.tar.gz`);
  expect(await s3.keys('batch/models/')).toEqual([`batch/models/${run.model.sha256}/model.tar.gz`]);
  expect(planned).toEqual({
    run: planned.run,
    fileCount: 2,
    model: { url: run.model.url, sha256: run.model.sha256, weightsBytes: 7 },
    ...{ scores: 'all', overflow: 'window', maxErrors: 5, maxCostUsd: null },
    ...{ instanceType: 'ml.c7i.4xlarge', instanceCount: 4 },
  });
});

test.each([
  [{}, { model_max_length: 512 }, { inWindows: false, maxLength: 512 }],
  [{ overflow: 'window' }, { model_max_length: 64 }, { inWindows: true, maxLength: 64 }],
  [{ overflow: 'error' }, { pad_token: '[PAD]' }, { inWindows: false, maxLength: null }],
])('pins how a model of config %j and tokenizer %j reads long texts', async (config, tokenizer, reading) => {
  await inService(await model('one', config, 'model.safetensors', tokenizer));
  const run = (await s3.json(`${(await plan()).run}/run.json`)) as BatchRun;
  expect(run).toMatchObject({ overflow: null, model: reading });
});

test('names of files and folders may have blanks, and be in any script', async () => {
  await inService(await model('one'));
  await s3.store.put(DATA_BUCKET, 'my mails/日本 1.csv', 'text\nx\n');
  const input = `s3://${DATA_BUCKET}/my mails/日本 1.csv`;
  const { run } = await plan({ input, output: `s3://${DATA_BUCKET}/my results` });
  expect(((await s3.json(`${run}/run.json`)) as BatchRun).files).toMatchObject([{ uri: input, name: '日本 1.csv' }]);
});

test('the same input, model and options are the same run, whatever machine it may take', async () => {
  const one = await model('one');
  await inService(one);
  const { run } = await plan();
  expect((await plan({ instanceCount: 9, maxCostUsd: 3, maxErrors: 0 })).run).toBe(run);
  await inService(await model('two'));
  await expect(plan()).rejects.toThrow(
    /^output s3:\/\/data-bucket\/results has the results of another run, .* its model as modelDataUrl if another is in service/,
  );
  expect((await plan({ modelDataUrl: one })).run).toBe(run);
  await expect(plan({ modelDataUrl: one, scores: 'all' })).rejects.toThrow('has the results of another run');
  expect((await plan({ modelDataUrl: one, output: `s3://${DATA_BUCKET}/others` })).run).not.toBe(run);
  await s3.store.put(DATA_BUCKET, 'mails/a/1.csv', 'text\ny\n');
  await expect(plan({ modelDataUrl: one })).rejects.toThrow('has the results of another run');
});

test.each<[string, object, new () => Error, string]>([
  ['no output', { output: undefined }, InvalidInput, 'invalid execution input: output is missing'],
  [
    'an unknown field',
    { columns: 1 },
    InvalidInput,
    'columns is not a known field; known are input, output, textColumn',
  ],
  ['a file that is not there', { input: `${INPUT}c.csv` }, DatasetUnavailable, `there is no ${INPUT}c.csv`],
  ['a folder without data', { input: `s3://${DATA_BUCKET}/none` }, DatasetUnavailable, 'there is nothing below'],
  ['a bucket that is none', { input: 's3://none-such/x/' }, DatasetUnavailable, 'there is no bucket none-such'],
  ['what is no table', { input: `${INPUT}d.xlsx` }, InvalidInput, 'd.xlsx cannot be read by a batch, which takes .csv'],
  [
    'an output within the input',
    { input: INPUT, output: `${INPUT}results` },
    InvalidInput,
    'which is within the input',
  ],
  ['an output that expires', { output: `s3://${DATA_BUCKET}/batch/x` }, InvalidInput, 'expires after 30 days'],
  ['an output that is not empty', { output: `s3://${DATA_BUCKET}/full` }, InvalidInput, 'is not empty, and is no run'],
  ['an output in no bucket', { output: 's3://none-such/x' }, InvalidInput, 'is in a bucket that does not exist'],
  ['a Graviton', { instanceType: 'ml.c7g.xlarge' }, InvalidInput, 'instanceType must not be an instance with Graviton'],
  ['an accelerator', { instanceType: 'ml.g5.xlarge' }, InvalidInput, 'must be an instance without accelerators'],
  [
    'no such model',
    { modelDataUrl: `s3://${ARTIFACTS_BUCKET}/no.tar.gz` },
    InvalidArtifact,
    'there is no s3://artifacts',
  ],
  ['a pair for single texts', { pairColumn: 'b' }, InvalidInput, 'the model classifies single texts; leave it out'],
])('refuses %s', async (_, input, type, message) => {
  await inService(await model('one'));
  await s3.store.put(DATA_BUCKET, 'full/notes.txt', 'mine');
  await s3.store.put(DATA_BUCKET, 'mails/d.xlsx', 'x');
  await s3.store.put(DATA_BUCKET, 'mails/e.csv', 'x');
  const planned = plan({ input: `${INPUT}e.csv`, ...input });
  await expect(planned).rejects.toThrow(type);
  await expect(planned).rejects.toThrow(message);
  expect(await s3.keys('results/')).toEqual([]);
});

describe('of two that begin together with one output', () => {
  beforeEach(async () => {
    await inService(await model('one'));
    holdBackMarkers(2);
  });

  test('one run gets it, and the other is refused', async () => {
    const both = await Promise.allSettled([plan(), plan({ scores: 'all' })]);
    const [begun] = both.filter((each) => each.status === 'fulfilled');
    const [refused] = both.filter((each) => each.status === 'rejected');
    expect(String(refused?.reason)).toMatch(/^InvalidInput: output .* has the results of another run/);
    const { runId } = (await s3.json(`${OUTPUT}batch-run.json`)) as { runId: string };
    expect(begun?.value.run).toBe(`s3://${DATA_BUCKET}/batch/${runId}`);
  });

  test('both are the same run where they are to do the same', async () => {
    const [one, other] = await Promise.all([plan(), plan()]);
    expect(one).toEqual(other);
  });

  /** Has as many markers be written at once: until then, nobody's is there. */
  function holdBackMarkers(count: number): void {
    const waiting: (() => void)[] = [];
    s3.client.middlewareStack.add(
      (next) => async (args) => {
        if ((args.input as { Key?: string }).Key === 'results/batch-run.json' && 'Body' in args.input) {
          await new Promise<void>((resolve) => {
            waiting.push(resolve);
            if (waiting.length === count)
              waiting.forEach((go) => {
                go();
              });
          });
        }
        return next(args);
      },
      { step: 'initialize' },
    );
  }
});

test('takes an output whose marker is written and deleted while it asks', async () => {
  await inService(await model('one'));
  let asked = 0;
  s3.client.middlewareStack.add(
    (next) => (args) => {
      const isMarker = 'IfNoneMatch' in args.input;
      asked += isMarker ? 1 : 0;
      if (isMarker && asked === 1) {
        throw Object.assign(new Error('A conflicting operation occurred'), { name: 'ConditionalRequestConflict' });
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  await plan();
  expect(asked).toBe(2);
  expect(await s3.keys('results/')).toEqual(['results/batch-run.json']);
});

test('refuses a file that cannot be cut in time', async () => {
  await inService(await model('one'));
  await truncate(s3.store.path(DATA_BUCKET, 'mails/b.jsonl.gz'), 500_000_001);
  await expect(plan()).rejects.toThrow(
    'b.jsonl.gz has 500000001 bytes, more than the 2000000000 (a quarter of it as .gz)',
  );
});

test('refuses to go on without a model, and with one that the job cannot run', async () => {
  await expect(plan()).rejects.toThrow('there is no model to classify with, as none was ever in service: train one');
  const pairs = await model('pairs', { text_pair: true });
  await expect(plan({ modelDataUrl: pairs, overflow: 'window' })).rejects.toThrow('overflow cannot be window');
  const traced = await model('traced', {}, 'model.pt');
  await expect(plan({ modelDataUrl: traced })).rejects.toThrow('was traced for an accelerator, and a batch has none');
});
