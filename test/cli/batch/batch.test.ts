import { compareRuns, comparisonLines } from '../../../cli/batch/compare';
import { doneShare } from '../../../cli/batch/parts-progress';
import type { AnsweredRun, ScoredRow } from '../../../cli/batch/scored-rows';
import { summaryLines } from '../../../cli/batch/summary';
import { uncertainRows } from '../../../cli/batch/uncertain';

/** Rows with the scores of their labels; the labels are those of at least 0.5. */
function runOf(rows: readonly [text: string, scores?: Record<string, number>][], severalLabels = false): AnsweredRun {
  const scored = rows.map(([text, scores]): ScoredRow => {
    const labels = Object.entries(scores ?? {}).filter(([, score]) => score >= 0.5);
    const answer = scores && { labels: labels.map(([label]) => label), scores: new Map(Object.entries(scores)) };
    return { text, pair: undefined, answer };
  });
  return {
    ...{ severalLabels, hasPairs: false },
    // oxlint-disable-next-line typescript/require-await -- as one that is read
    async *rows() {
      yield* scored;
    },
  };
}

describe('the rows to label first', () => {
  test('have the least margin, each text once, and are a dataset without labels', async () => {
    const run = runOf([
      ['sure', { a: 0.9, b: 0.1 }],
      ['two, maybe', { a: 0.45, b: 0.55 }],
      ['error'],
      ['hard', { a: 0.5, b: 0.5 }],
      ['hard', { a: 0.5, b: 0.5 }],
      ['easier', { a: 0.625, b: 0.375 }],
    ]);
    expect(await uncertainRows(run, 2)).toEqual({
      name: 'uncertain.csv',
      content: expect.stringMatching(
        /^text,label,predicted_label,margin\nhard,,a,0\n"two, maybe",,b,0\.1\d*\n$/,
      ) as string,
      rows: 2,
    });
  });

  test('of several labels have one that is hardly decided', async () => {
    const run = runOf(
      [
        ['clear', { a: 0.9, b: 0.1 }],
        ['vague', { a: 0.9, b: 0.5 }],
      ],
      true,
    );
    const { name, content } = await uncertainRows(run, 1);
    expect(name).toBe('uncertain.jsonl');
    expect(JSON.parse(content)).toEqual({ text: 'vague', labels: null, predicted_labels: ['a', 'b'], margin: 0 });
  });
});

test('a comparison counts changed labels, and has the rows that change most first', async () => {
  const before = runOf([['one', { a: 1, b: 0 }], ['two', { a: 1, b: 0 }], ['three', { a: 0, b: 1 }], ['bad']]);
  const after = runOf([
    ['one', { a: 0.75, c: 0.25 }],
    ['two', { a: 0.125, b: 0.875 }],
    ['three', { a: 0, b: 1 }],
    ['bad'],
  ]);
  const comparison = await compareRuns(before, after);
  expect(comparison).toEqual({
    ...{ rows: 4, changed: 1, changes: [{ from: 'a', to: 'b', rows: 1 }] },
    mostChanged: 'row,text,text_pair,label_before,label_after,change\n2,two,,a,b,0.875\n1,one,,a,a,0.25\n',
  });
  expect(comparisonLines(comparison)[0]).toBe('1 of 4 rows (25.0 %) have another label by the compared model.');
});

test('what is done is told from the sizes of answers, of unfinished parts too', () => {
  const parts = new Map([
    ['00000-00000.jsonl', 100],
    ['00000-00001.jsonl', 300],
  ]);
  expect(doneShare(parts, new Map())).toBe(0);
  expect(doneShare(parts, new Map([['00000-00000.jsonl', 200]]))).toBe(0.25);
  const unfinished = new Map([
    ['00000-00000.jsonl', 200],
    ['00000-00001.jsonl.17.unfinished', 300],
    ['00000-00001.jsonl.99.unfinished', 100],
  ]);
  expect(doneShare(parts, unfinished)).toBe((100 + 150) / 400);
  expect(doneShare(parts, new Map([...parts]))).toBe(1);
  expect(doneShare(new Map(), new Map())).toBe(1);
});

test('a summary tells rows, labels, confidence, errors and, on AWS, the cost', () => {
  const outcome = {
    ...{
      runId: '1',
      input: 's3://a/in',
      output: 's3://a/out',
      files: 1,
      rows: 2000,
      errors: 3,
      truncatedRows: 1,
      manifestUri: '',
    },
    errorsByKind: { 'this row is empty': 3 },
    labels: [{ label: 'yes', rows: 1997, share: 1 }],
    ...{ meanConfidence: 0.875, seconds: 61, costUsd: 0.25 },
  };
  expect(summaryLines(outcome, true)).toEqual([
    'Classified 2,000 rows of 1 file in 61 s: 3 rows with an error.',
    ...['label     rows    share', 'yes      1,997  100.0 %'],
    ...[
      'Mean confidence 0.875.',
      'Error in 3 rows: this row is empty',
      'Longer than the model takes, and cut: 1 text.',
    ],
    'Cost of the instances: 0.25 USD.',
  ]);
  expect(summaryLines(outcome, false)).not.toContain('Cost of the instances: 0.25 USD.');
});
