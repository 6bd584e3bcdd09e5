import type { PreparedDataset } from '../../../lambda/shared/prepared-dataset';
import { datasetLines } from '../../../local/run/dataset-report';

const DATASET: PreparedDataset = {
  ...{ rows: 120, trainRows: 70, testRows: 25, duplicates: 10, conflicts: 4, inTestSplit: 5, emptyRows: 3 },
  ...{ droppedRows: 7, nearDuplicates: 0, truncatedTexts: 0, truncatedShare: 0 },
  ...{ labelCount: 3, severalLabels: false, hasPairs: false },
  labels: [
    { label: 'x'.repeat(60), train: 60, test: 20, dropped: 0 },
    { label: 'b', train: 10, test: 5, dropped: 0 },
  ],
  choices: ['delimiter semicolon', 'text in "review"', 'label in "stars"'],
  warnings: ['one thing is odd'],
  ...{ sha256: '', manifestUri: 's3://data/manifest.json' },
};

it('tells how a dataset was read, what is in it, and what is not', () => {
  expect(datasetLines(DATASET)).toEqual([
    '120 rows: 70 to train on, 25 to test with; left out: 10 duplicates, 5 that are in the test split, 3 without text or label, ' +
      '7 of labels that are too rare',
    'Read with delimiter semicolon, text in "review", label in "stars".',
    `label${' '.repeat(35)}    train     test    share`,
    `${'x'.repeat(39)}…       60       20   84.2 %`,
    `b${' '.repeat(39)}       10        5   15.8 %`,
    '… and 1 more labels; the manifest has them all',
    'Warning: one thing is odd',
  ]);
});

it('is short where there is nothing to tell', () => {
  const good = {
    ...DATASET,
    rows: 95,
    duplicates: 0,
    inTestSplit: 0,
    emptyRows: 0,
    droppedRows: 0,
    labelCount: 2,
    warnings: [],
  };
  const lines = datasetLines(good);
  expect(lines[0]).toBe('95 rows: 70 to train on, 25 to test with');
  expect(lines).toHaveLength(5);
});
