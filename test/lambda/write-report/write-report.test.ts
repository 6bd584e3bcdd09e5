import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import type { Browser } from 'playwright-core';
import { create } from 'tar';
import '../handler-environment';
import type { PreparedDataset } from '../../../lambda/shared/prepared-dataset';
import type { Plan } from '../../../lambda/shared/plan';
import { handler } from '../../../lambda/write-report/index';
import { describeInBrowser, findings } from '../../web/browser';
import { launch } from '../../web/chromium';
import { storedText } from '../stored-text';

type Event = Parameters<typeof handler>[0];

const FOLDER = 's3://artifacts-bucket/training/job-1/output';
const DATASET: PreparedDataset = {
  ...{ rows: 560, trainRows: 400, testRows: 150, duplicates: 7, conflicts: 1, inTestSplit: 0, emptyRows: 3 },
  ...{ droppedRows: 0, nearDuplicates: 0, truncatedTexts: 0, truncatedShare: 0, labelCount: 2 },
  ...{ severalLabels: false, hasPairs: false, sha256: 'abc', manifestUri: 's3://data-bucket/manifest.json' },
  labels: [
    { label: 'acceptable', train: 200, test: 75, dropped: 0 },
    { label: 'unacceptable', train: 200, test: 75, dropped: 0 },
  ],
  choices: ['text in "text"'],
  warnings: ['3 rows without text or label are left out'],
};
const JOB = {
  hyperParameters: { base_model: 'bert-base-uncased' },
  inputDataConfig: [],
  ...{ instanceType: 'ml.g5.xlarge', instanceCount: 2, instancePrice: 1.408, maxRuntimeInSeconds: 3600 },
  checkpointUri: 's3://data-bucket/checkpoints/0',
};
const PLAN: Plan = {
  action: 'train',
  dataset: {
    ...{ source: 'https://example.com/sentences.csv?X-Amz-Signature=secret', testSource: null },
    ...{ textColumn: null, pairColumn: null, labelColumn: null, labelSeparator: null, testFraction: 0.25 },
    ...{ rareLabels: 'refuse', maxLength: 64, inWindows: false, outputUri: 's3://data-bucket/datasets/run-1' },
    limits: { emptyRows: 0.01, conflictingRows: 0.1, truncatedTokens: 0.5, largestLabel: 0.99 },
  },
  training: { ...JOB, outputUri: 's3://artifacts-bucket/training', candidates: [], maxConcurrency: 2 },
  gate: { metric: 'matthews_correlation', minimum: 0.25, waived: false },
  serving: { profile: 'cpu', accelerator: 'none', reason: null },
  ...{ modelDataUrl: null, tracedModelDataUrl: null, keepDown: false },
};
const EVENT: Event = {
  execution: 'run-1',
  modelDataUrl: `${FOLDER}/model.tar.gz`,
  plan: PLAN,
  dataset: DATASET,
  candidates: null,
  job: { seconds: 130, billableSeconds: 90 },
};
const FORMER = {
  modelDataUrl: 's3://artifacts-bucket/models/old/model.tar.gz',
  promotedAt: '2026-01-02T03:04:05.000Z',
  serving: { endpointConfigName: '' },
  metrics: { accuracy: 0.5, rows: 150 },
  evaluation: { calibrationError: null },
  dataset: { sha256: 'abc', testRows: 150 },
};

const s3 = mockClient(S3Client);

beforeEach(() => {
  s3.reset();
  s3.on(GetObjectCommand, { Key: 'in-service.json' }).rejects(new NoSuchKey({ message: 'none', $metadata: {} }));
  s3.on(PutObjectCommand).resolves({});
});

/** As training-code's own tests train it: metrics.json of one label a text, of several, or of pairs. */
function metricsOf(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(__dirname, 'metrics', `${name}.json`), 'utf8')) as Record<string, unknown>;
}

/** The page that is written where the job's output.tar.gz has these files. */
async function pageOf(files: Readonly<Record<string, unknown>>, event: Partial<Event> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'output-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), JSON.stringify(content));
    }
    const archive = Buffer.from(await create({ gzip: true, cwd: folder }, Object.keys(files)).concat());
    s3.on(GetObjectCommand, { Bucket: 'artifacts-bucket', Key: 'training/job-1/output/output.tar.gz' }).callsFake(
      () => ({ Body: Readable.from([archive]) }),
    );
    expect(await handler({ ...EVENT, ...event })).toEqual({ url: `${FOLDER}/report.html`, warnings: [] });
    const { Key, Body, ContentType } = s3.commandCalls(PutObjectCommand).at(-1)?.args[0].input ?? {};
    expect([Key, ContentType]).toEqual(['training/job-1/output/report.html', 'text/html; charset=utf-8']);
    return Body as string;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a reader reads: the cells of a row, and sentences, in one line each. */
function textOf(page: string): string {
  return page
    .replace(/<(?:style|svg)[^]*?<\/(?:style|svg)>/g, '')
    .replace(/\s+/g, ' ')
    .replace(/<\/(?:td|th)>\s*/g, ' | ')
    .replace(/<\/?(?:tr|p|li|h\d|caption|summary)[^>]*>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/ *\n[\s]*/g, '\n');
}
const headings = (page: string): string[] => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, name]) => name ?? '');

const BEFORE = ['Summary', 'Data', 'Training', 'Labels', 'Scores'];
const AFTER = ['As served', 'Parameters, duration and cost'];

it('tells all of a training of one label a text', async () => {
  const page = await pageOf({ 'metrics.json': metricsOf('single') });
  expect(headings(page)).toEqual([...BEFORE, 'Most confident mistakes', ...AFTER]);
  const text = textOf(page);
  for (const sentence of [
    'On the whole test split of 150 rows, as the model is served',
    'The gate asks for a Matthews correlation of at least 0.25: the model reaches it.',
    'No model was in service before.',
    'left out: duplicates | 7 |',
    '3 rows without text or label are left out',
    'acceptable | 200 | 75 | 50.0 % |',
    'Confusion matrix: a row for each label',
    'instances | 2 × ml.g5.xlarge |',
    'duration of the job | 2 min 10 s |',
    'cost of the job | 0.07 USD on demand |',
    'base model | bert-base-uncased |',
    'epochs | 3 |',
    'On a CPU the model is served as',
  ]) {
    expect(text).toContain(sentence);
  }
  // Of the loss, the metrics, reliability and the least score.
  expect(page.match(/<svg /g)).toHaveLength(4);
  expect(page.match(/role="img" aria-label="[^"]{40,}"/g)).toHaveLength(4);
});

it('needs nothing but itself, and runs nothing', async () => {
  const page = await pageOf({ 'metrics.json': metricsOf('single') });
  expect(page).not.toMatch(/<script|<img|@import|url\((?!#)/);
  expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual(['data:,']);
  expect(page).toContain('default-src &#39;none&#39;');
  expect(page).toContain('https://example.com/sentences.csv');
  // A presigned URL is as good as a key.
  expect(page).not.toContain('secret');
});

it('has the texts of mistakes only where they were asked for', async () => {
  const metrics = metricsOf('single');
  const mistakes = metrics['mistakes'] as { row: number; labels: string[]; answered: string[] }[];
  const [worst] = mistakes;
  const without = textOf(await pageOf({ 'metrics.json': metrics }));
  expect(without).toContain(`\n${worst?.row} | ${worst?.labels[0]} | ${worst?.answered[0]} |`);
  expect(without).toContain('{"report": {"mistakes": "texts"}}');
  const texts = { [worst?.row ?? 0]: ['<b>the dog</b>', 'the & cat'] };
  const page = await pageOf({ 'metrics.json': metrics, 'mistakes.json': texts });
  expect(page).toContain('<span class="text">&lt;b&gt;the dog&lt;/b&gt;</span><span class="text">the &amp; cat</span>');
  expect(textOf(page)).not.toContain('{"report"');
});

it('compares with the model before, and says what the difference may be of', async () => {
  const served = (former: unknown) => {
    s3.on(GetObjectCommand, { Key: 'in-service.json' }).resolves(storedText(JSON.stringify(former)));
    return pageOf({ 'metrics.json': { ...metricsOf('single'), accuracy: 0.75 } });
  };
  const same = textOf(await served(FORMER));
  expect(same).toContain('accuracy | 0.75 | 0.5 | +0.2500 |');
  expect(same).toContain('loss |');
  expect(same).toMatch(/loss \| [\d.]+ \| not measured \| {2}\|/);
  expect(same).toContain('a test split of the same data and of as many rows. It is s3://artifacts-bucket/models/old/');
  const other = textOf(await served({ ...FORMER, dataset: { sha256: 'other', testRows: 150 } }));
  expect(other).toContain('another test split: a difference may be of the rows');
});

it('tells of several labels a text their thresholds, and of no matrix', async () => {
  const page = await pageOf({ 'metrics.json': metricsOf('several') }, { dataset: { ...DATASET, severalLabels: true } });
  expect(textOf(page)).toMatch(/\n ?label \| precision \| recall \| F1 \| rows \| threshold \|/);
  expect(page).not.toContain('Confusion matrix');
  expect(headings(page)).toEqual(expect.arrayContaining([...BEFORE, ...AFTER]));
});

it('tells of pairs both texts, and of what is mixed up where a matrix would be too large', async () => {
  const labels = Array.from({ length: 40 }, (_, id) => `label ${id}`);
  const measured = { precision: 1, recall: 1, support: 1 };
  const page = await pageOf({
    'metrics.json': {
      ...metricsOf('pairs'),
      labels,
      per_label: Object.fromEntries(labels.map((label) => [label, measured])),
      confusion_matrix: labels.map((_, id) => labels.map((_, answer) => (id === 3 && answer === 5 ? 9 : 0))),
      mistakes: [{ row: 2, labels: ['label 3'], answered: ['label 5'], score: 0.9 }],
    },
    'mistakes.json': { 2: ['the one', 'the other'] },
  });
  expect(textOf(page)).toContain('10 more labels');
  expect(textOf(page)).toContain('label 3 | label 5 | 9 |');
  expect(page).toContain('<span class="text">the one</span><span class="text">the other</span>');
});

it('tells what there is of a finished classifier that was measured by nothing', async () => {
  const metrics = { rows: 0, serving: { format: 'onnx fp32' }, warnings: ['the model has no metrics'] };
  const page = await pageOf({ 'metrics.json': metrics }, { dataset: null });
  expect(headings(page)).toEqual(['Summary', ...AFTER]);
  expect(textOf(page)).toContain('so it has no metrics');
  expect(textOf(page)).toContain('the model has no metrics');
  expect(page).not.toContain('<svg');
});

it('has no curves of a classifier that was measured and not trained', async () => {
  const page = await pageOf({ 'metrics.json': { ...metricsOf('single'), history: [] } });
  expect(headings(page)).not.toContain('Training');
});

it('tells of candidates what became of each, and the cost of the one that it is of', async () => {
  const outcome = { score: 0.5, seconds: 50, billableSeconds: 3600, costUsd: 1.408, reason: null, isChosen: false };
  const candidates = [
    { ...outcome, overrides: { seed: 1 }, score: null, seconds: null, costUsd: null, reason: 'no capacity' },
    { ...outcome, overrides: { seed: 2 }, isChosen: true },
  ];
  const training = {
    ...PLAN.training,
    candidates: [
      { ...JOB, overrides: { seed: 1 } },
      { ...JOB, overrides: { seed: 2 }, hyperParameters: {}, instanceCount: 1 },
    ],
  };
  const page = await pageOf(
    { 'metrics.json': metricsOf('single') },
    { candidates, job: null, plan: { ...PLAN, training } },
  );
  const text = textOf(page);
  expect(text).toContain('0 | seed 1 | - | - | - | no capacity |');
  expect(text).toContain('1 | seed 2 | 0.5 | 50 | 1.408 | this model |');
  expect(text).toContain('cost of the job | 1.41 USD on demand |');
});

it('is not written of what it does not understand, nor without knowing the model before', async () => {
  await expect(pageOf({ 'metrics.json': { rows: 'many' } })).rejects.toMatchObject({ name: 'ValiError' });
  await expect(pageOf({ 'other.json': {} })).rejects.toMatchObject({ name: 'ValiError' });
  s3.on(GetObjectCommand, { Key: 'in-service.json' }).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
  await expect(pageOf({ 'metrics.json': metricsOf('single') })).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(s3.commandCalls(PutObjectCommand)).toHaveLength(0);
});

describeInBrowser('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' as const }],
    ['on a phone', { viewport: { width: 375, height: 700 } }],
  ])('has nothing that axe finds fault with, %s', async (_, options) => {
    // axe runs in the page, which lets nothing run by itself.
    const shown = await (await browser.newContext({ ...options, bypassCSP: true })).newPage();
    await shown.setContent(await pageOf({ 'metrics.json': metricsOf('several') }));
    expect(await findings(shown)).toEqual([]);
    await shown.context().close();
  });

  it('is all open on paper', async () => {
    const shown = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await shown.setContent(await pageOf({ 'metrics.json': metricsOf('single') }));
    const measurements = shown.getByText('Measurements by the validation part');
    expect(await measurements.isVisible()).toBe(false);
    await shown.emulateMedia({ media: 'print' });
    expect(await measurements.isVisible()).toBe(true);
    await shown.context().close();
  });
});
