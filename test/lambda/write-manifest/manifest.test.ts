import { mergeResults } from '../../../lambda/merge-results/merge';
import { writeManifest } from '../../../lambda/write-manifest/manifest';
import { AnsweredRun, answered, refused, RUN_URI } from '../merge-results/answered-run';

const MANIFEST_URI = 's3://data-bucket/out/manifest.json';
const REQUEST = { run: RUN_URI, maxErrors: null, seconds: 12, costUsd: 0.25 };
const FILES = [
  {
    ...({ name: 'a.csv', outputFormat: 'csv', columns: ['text'] } as const),
    parts: [[answered(['a'], ['5', 0.75]), refused([''], 'this row is empty')]],
  },
  {
    ...({ name: 'b.csv', outputFormat: 'csv', columns: ['text'] } as const),
    parts: [[answered(['b'], ['1', 0.25]), answered(['c'], ['5', 0.5]), refused(['d'], 'this row has 9 tokens')]],
  },
];

let run: AnsweredRun;

beforeAll(async () => {
  run = await AnsweredRun.open();
});
afterAll(async () => {
  await run.close();
});
beforeEach(async () => {
  await run.write(FILES);
  await mergeResults(RUN_URI, 0, run.s3);
});

test('adds up what the files have', async () => {
  await mergeResults(RUN_URI, 1, run.s3);
  const summary = await writeManifest(REQUEST, run.s3);
  const numbers = {
    ...{ rows: 5, errors: 2, errorsByKind: { 'this row has N tokens': 1, 'this row is empty': 1 }, truncatedRows: 0 },
    labels: [
      { label: '5', rows: 2, share: 2 / 3 },
      { label: '1', rows: 1, share: 1 / 3 },
    ],
    ...{ meanConfidence: 0.5, seconds: 12, costUsd: 0.25 },
  };
  expect(summary).toMatchObject({ ...numbers, files: 2, manifestUri: MANIFEST_URI });
  expect(JSON.parse((await run.read(MANIFEST_URI)).toString())).toMatchObject({
    ...numbers,
    model: { sha256: 'ab', url: 's3://artifacts-bucket/models/ab/model.tar.gz' },
    files: [
      { input: 's3://data-bucket/in/a.csv', output: 's3://data-bucket/out/a.csv', rows: 2, errors: 1 },
      { input: 's3://data-bucket/in/b.csv', output: 's3://data-bucket/out/b.csv', rows: 3, errors: 1 },
    ],
  });
});

test('there is none before all files are merged', async () => {
  await expect(writeManifest(REQUEST, run.s3)).rejects.toThrow('b.csv has no results');
  expect(await run.outputs()).toEqual(['a.csv']);
});

test('there is none with more errors than are allowed, over all files', async () => {
  await mergeResults(RUN_URI, 1, run.s3);
  await expect(writeManifest({ ...REQUEST, maxErrors: 1 }, run.s3)).rejects.toThrow(
    '2 of 5 rows have an error, where maxErrors allows 1; most often (1): this row has N tokens',
  );
  expect(await run.outputs()).not.toContain('manifest.json');
  await writeManifest({ ...REQUEST, maxErrors: 2 }, run.s3);
  expect(await run.outputs()).toContain('manifest.json');
});
