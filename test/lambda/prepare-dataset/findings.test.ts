import { S3Client } from '@aws-sdk/client-s3';
import '../handler-environment';
import { prepareDataset } from '../../../lambda/prepare-dataset/prepare';
import type { PreparedDataset } from '../../../lambda/shared/prepared-dataset';
import type { Plan } from '../../../lambda/shared/plan';
import { InvalidDataset } from '../../../lambda/shared/step-errors';
import { csv, datasetOf, sentences } from './sentences';
import { keepObjects } from './stored-objects';

const GOOD = sentences(200);
const LONG = 'word '.repeat(500).trim();

let objects: Map<string, Buffer>;

beforeEach(() => {
  objects = keepObjects();
});

describe('what is within the limits is told', () => {
  const findings: [string, [string, string][], object, string][] = [
    [
      'empty rows',
      [...GOOD, ['', 'good'], ['a text', '']],
      { emptyRows: 2, rows: 202 },
      '2 rows without text or label are left out; the first is data.csv, line 202: the text is empty',
    ],
    [
      'conflicts',
      [...GOOD, [GOOD[0]?.[0] ?? '', 'bad']],
      { conflicts: 1 },
      '1 rows have the text of another row and not its label; of each text the first row counts',
    ],
    [
      'texts that are cut',
      [...GOOD, [LONG, 'good']],
      { truncatedTexts: 1 },
      '1 texts are cut after 128 tokens, and at least 22 % of all words are not read; raise training.maxLength to read them',
    ],
    [
      'imbalance',
      [...sentences(196, ['good']), ...[1, 2, 3, 4].map((id) => [`text ${id}`, 'bad'] as [string, string])],
      {},
      '98 % of the texts have the label "good"',
    ],
    [
      'labels that are alike',
      sentences(200, ['1', '1.0', 'Praise', 'praise']),
      { labelCount: 4 },
      'the labels "1", "1.0" are so alike that they may be meant as one',
    ],
  ];
  test.each(findings)('%s', async (_, rows, counts, warning) => {
    const prepared = await prepare(rows, {});
    expect(prepared).toMatchObject(counts);
    expect(prepared.warnings).toContain(warning);
    const { labelCount, manifestUri, labels, ...others } = prepared;
    const manifest = JSON.parse(String(objects.get(manifestUri))) as { labels: object };
    expect(manifest).toMatchObject(others);
    expect(Object.keys(manifest.labels)).toHaveLength(labelCount);
    expect(Object.keys(manifest.labels).sort()).toEqual(labels.map(({ label }) => label).sort());
    const { trainRows, testRows, duplicates, inTestSplit, emptyRows, droppedRows } = prepared;
    expect(trainRows + testRows + duplicates + inTestSplit + emptyRows + droppedRows).toBe(prepared.rows);
  });

  test('nothing is told of a good file', async () => {
    expect((await prepare(GOOD, {})).warnings).toEqual([]);
  });

  test('long texts are as good as others where the model cuts none', async () => {
    const rows = [...GOOD, ...[1, 2, 3, 4, 5, 6].map((id) => [`${LONG} ${id}`, 'good'] as [string, string])];
    const prepared = await prepare(rows, { maxLength: null });
    expect(prepared).toMatchObject({ rows: 206, truncatedTexts: 0, truncatedShare: 0, warnings: [] });
    expect(String(objects.get('s3://data-bucket/datasets/run/training/train.csv'))).toContain(`${LONG} 1`);
  });

  test('what a test split of its own shares with the training is left out of that, and told', async () => {
    objects.set('s3://source/test.csv', Buffer.from(csv('text,label', [...GOOD.slice(0, 30), ['one more', 'good']])));
    const prepared = await prepare(GOOD, { testSource: 's3://source/test.csv' });
    expect(prepared).toMatchObject({ rows: 231, trainRows: 170, testRows: 31, inTestSplit: 30 });
    expect(prepared.warnings).toEqual(['30 rows to train on are in the test split too, and are left out']);
    const test = String(objects.get('s3://data-bucket/datasets/run/testing/test.csv'));
    const train = String(objects.get('s3://data-bucket/datasets/run/training/train.csv'));
    expect(test.trimEnd().split('\n')).toHaveLength(32);
    expect(GOOD.slice(0, 30).some(([text]) => train.includes(`${text},`))).toBe(false);
  });
});

describe('what is beyond a limit is refused, with its name, and nothing is written', () => {
  const limits: [keyof Plan['dataset']['limits'], [string, string][], string][] = [
    [
      'emptyRows',
      [...GOOD, ['', 'good'], ['a text', ''], ['', '']],
      'data.csv, line 202: the text is empty; 3 of 203 rows have no text or no label',
    ],
    [
      'conflictingRows',
      [...GOOD, ...GOOD.slice(0, 30).map(([text]) => [text, 'other'] as [string, string])],
      'data.csv: 30 of 230 rows have the text of another row',
    ],
    [
      'truncatedTokens',
      [...GOOD, ...[1, 2, 3, 4, 5, 6].map((id) => [`${LONG} ${id}`, 'good'] as [string, string])],
      'of all words would not be read, as a text is cut after 128 tokens; raise training.maxLength',
    ],
    [
      'largestLabel',
      [...sentences(996, ['good']), ...[1, 2, 3, 4].map((id) => [`text ${id}`, 'bad'] as [string, string])],
      'data.csv: 100 % of the texts have the label "good"',
    ],
  ];
  test.each(limits)('%s', async (name, rows, message) => {
    const preparation = prepare(rows, {});
    await expect(preparation).rejects.toThrow(InvalidDataset);
    await expect(preparation).rejects.toThrow(message);
    await expect(preparation).rejects.toThrow(`dataset.limits.${name}, which is`);
    expect(objects.size).toBe(1);
    const limitsRaised = { ...datasetOf('').limits, [name]: 1 };
    await expect(prepare(rows, { limits: limitsRaised })).resolves.toMatchObject({
      rows: rows.length,
    });
  });
});

async function prepare(rows: readonly [string, string][], options: Partial<Plan['dataset']>): Promise<PreparedDataset> {
  objects.set('s3://source/data.csv', Buffer.from(csv('text,label', rows)));
  return prepareDataset({ ...datasetOf('s3://source/data.csv'), ...options }, new S3Client(), 1_000_000);
}
