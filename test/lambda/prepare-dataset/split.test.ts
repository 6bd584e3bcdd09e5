import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Examples } from '../../../lambda/prepare-dataset/examples';
import { split, type Split } from '../../../lambda/prepare-dataset/split';
import { InvalidDataset } from '../../../lambda/shared/step-errors';

type Texts = readonly (readonly [text: string, ...labels: string[]])[];

const QUARTER = { testFraction: 0.25, rareLabels: 'refuse' } as const;

describe('the split is stratified', () => {
  test.each([
    [4, 0.25, 2],
    [8, 0.25, 2],
    [9, 0.25, 2],
    [100, 0.25, 25],
    [1000, 0.1, 100],
    [5, 0.5, 3],
  ])('%d texts of a label, a share of %d: %d to test with', (count, testFraction, expected) => {
    const dealt = deal([...texts(count, 'rare'), ...texts(2000, 'often')], { ...QUARTER, testFraction });
    const counts = Object.fromEntries(dealt.labels);
    expect(counts['rare']).toEqual({ train: count - expected, test: expected, dropped: 0 });
    expect(counts['often']?.test).toBe(2000 * testFraction);
  });

  test('of several labels too, each in its share', () => {
    const labels = ['a', 'b', 'c', 'd'].map((name, bit) => ({ name, bit }));
    const rows = Array.from({ length: 1600 }, (_, id): [string, ...string[]] => [
      `text ${id}`,
      ...labels.filter(({ bit }) => ((id * 7919) % 16) & (1 << bit)).map(({ name }) => name),
    ]);
    for (const [, { train, test }] of deal(rows, QUARTER).labels) {
      expect(test / (train + test)).toBeGreaterThan(0.2);
      expect(test / (train + test)).toBeLessThan(0.3);
    }
  });

  test('a row is on its side whatever the order, and one more moves one other at most', () => {
    const rows = [...texts(200, 'a'), ...texts(100, 'b')];
    const before = testTexts(rows);
    expect(testTexts([...rows].reverse())).toEqual(before);
    for (const more of texts(40, 'c').map(([text]) => [`new ${text}`, 'a'] as const)) {
      const after = testTexts([...rows, more]);
      expect([...before].filter((text) => !after.has(text)).length).toBeLessThanOrEqual(1);
    }
  });

  test('texts that are nearly the same stay together', () => {
    const rows = texts(100, 'a').flatMap(([text, label]) => [
      [text, label] as const,
      [`${text.toUpperCase()}!`, label] as const,
    ]);
    const dealt = deal([...rows, ...texts(50, 'b')], QUARTER);
    expect(dealt.nearDuplicates).toBe(0);
    expect(dealt.rows.test).toBe(50 + 13);
  });

  test('unless there are no others; then they are counted', () => {
    const rows = ['ok', 'OK', 'Ok.', 'ok!', 'o k', 'OK…'].map((text) => [text, 'a'] as const);
    const dealt = deal([...rows, ...texts(50, 'b')], QUARTER);
    expect(Object.fromEntries(dealt.labels)['a']).toEqual({ train: 4, test: 2, dropped: 0 });
    expect(dealt.nearDuplicates).toBeGreaterThan(0);
  });

  test('texts without a letter are not all nearly the same', () => {
    const rows = ['!', '?', '…', '👍', '👎', ':-)', ':-(', '--'].map((text) => [text, 'a'] as const);
    expect(deal([...rows, ...texts(50, 'b')], QUARTER).nearDuplicates).toBe(0);
  });
});

describe('a label with too few texts', () => {
  const rows = [...texts(40, 'a'), ...texts(40, 'b'), ...texts(3, 'rare'), ...texts(1, 'rarer')];

  test('is refused with its count', () => {
    expect(() => deal(rows, QUARTER)).toThrow(InvalidDataset);
    expect(() => deal(rows, QUARTER)).toThrow(
      'data.csv: too few different texts have the label "rare" (3), "rarer" (1), where 4 are needed; add rows, remove these, or ' +
        'set dataset.rareLabels to "drop" or "train-only"',
    );
  });

  test('is dropped', () => {
    const dealt = deal(rows, { ...QUARTER, rareLabels: 'drop' });
    expect(dealt.rows).toEqual({ train: 60, test: 20, dropped: 4 });
    expect(Object.fromEntries(dealt.labels)['rare']).toEqual({ train: 0, test: 0, dropped: 3 });
  });

  test('is trained on and not tested', () => {
    const dealt = deal(rows, { ...QUARTER, rareLabels: 'train-only' });
    expect(dealt.rows).toEqual({ train: 64, test: 20, dropped: 0 });
    expect(Object.fromEntries(dealt.labels)['rare']).toEqual({ train: 3, test: 0, dropped: 0 });
  });

  test('is refused when dropping it leaves one label', () => {
    const two = [...texts(40, 'a'), ...texts(3, 'rare')];
    expect(() => deal(two, { ...QUARTER, rareLabels: 'drop' })).toThrow('data.csv has one single label, "a"');
  });
});

describe('a test split that is given', () => {
  test('is the test side, and none of its texts is trained on', () => {
    const given = texts(10, 'a');
    const dealt = deal([...texts(30, 'a'), ...texts(20, 'b')], QUARTER, given);
    expect(dealt.rows).toEqual({ train: 40, test: 10, dropped: 0 });
    expect(dealt.examples.inTestSplit).toBe(10);
    expect(Object.fromEntries(dealt.labels)).toEqual({
      a: { train: 20, test: 10, dropped: 0 },
      b: { train: 20, test: 0, dropped: 0 },
    });
  });

  test('counts its texts that are nearly the same as some to train on', () => {
    const dealt = deal([...texts(30, 'a'), ...texts(20, 'b')], QUARTER, [
      ['A TEXT 7', 'a'],
      ['else', 'b'],
    ]);
    expect(dealt).toMatchObject({ nearDuplicates: 1, rows: { train: 50, test: 2 } });
  });

  test('counts a text that it has twice as a duplicate, not as one to train on', () => {
    const dealt = deal([...texts(30, 'a'), ...texts(20, 'b')], QUARTER, [
      ['x', 'a'],
      ['x', 'a'],
      ['a text 1', 'a'],
    ]);
    expect(dealt.examples).toMatchObject({ duplicates: 1, inTestSplit: 1 });
    expect(dealt.rows).toEqual({ train: 49, test: 2, dropped: 0 });
  });

  test('has no label that the training has not', () => {
    expect(() => deal([...texts(30, 'a'), ...texts(20, 'b')], QUARTER, [['x', 'c']])).toThrow(
      'the test split has the label "c", which no row to train on has; correct it, or remove its rows',
    );
  });
});

test('a text that comes again counts once, and is a conflict with another label', () => {
  const { examples, rows } = deal(
    [...texts(10, 'a'), ...texts(10, 'b'), ['a text 1', 'a'], ['a text 1', 'b']],
    QUARTER,
  );
  expect(examples).toMatchObject({ duplicates: 2, conflicts: 1 });
  expect(rows.train + rows.test).toBe(20);
});

test('texts are alike as they are to the training, which holds a part out', () => {
  const file = join(__dirname, '../../../training-code/tests/alike_texts.json');
  const groups = JSON.parse(readFileSync(file, 'utf8')) as string[][];
  const examples = new Examples();
  const firstOfGroups = groups.flatMap((group) => {
    const first = examples.length;
    return group.map((text) => {
      examples.add({ where: '', text, labels: ['a'] });
      return first;
    });
  });
  expect(firstOfGroups.map((_, row) => examples.firstOf(row))).toEqual(firstOfGroups);
});

function texts(count: number, label: string): (readonly [string, string])[] {
  return Array.from({ length: count }, (_, id) => [`${label} text ${id}`, label]);
}

function deal(
  rows: Texts,
  options: Parameters<typeof split>[1],
  given: Texts = [],
): Split & { readonly examples: Examples } {
  const examples = new Examples();
  for (const [text, ...labels] of given) {
    examples.add({ where: '', text, labels }, true);
  }
  for (const [text, ...labels] of rows) {
    examples.add({ where: '', text, labels });
  }
  return { ...split(examples, options, 'data.csv'), examples };
}

function testTexts(rows: Texts): Set<string> {
  const dealt = deal(rows, QUARTER);
  return new Set(rows.flatMap(([text], row) => (dealt.sideOf(row) === 'test' ? [text] : [])).sort());
}
