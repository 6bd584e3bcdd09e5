import type { Plan } from '../shared/plan';
import type { LabelCount } from '../shared/prepared-dataset';
import { InvalidDataset } from '../shared/step-errors';
import type { Examples } from './examples';

/** Where a row goes. */
const SIDES = ['train', 'test', 'dropped'] as const;

export type Side = (typeof SIDES)[number];

/** The rows of a dataset, dealt out. */
export interface Split {
  sideOf(row: number): Side;
  /** By label, the most frequent first. */
  readonly labels: readonly (readonly [label: string, count: LabelCount])[];
  readonly rows: LabelCount;
  /** Texts of the test side that are in the training side too but for capitals, marks and blanks. */
  readonly nearDuplicates: number;
}

/** Rows that each side needs of a label. */
const FEWEST_ROWS = 2;

/**
 * Deals rows out to the training and the test side, so that each label is on both in its share.
 *
 * Of each label, those rows whose texts' hashes are the smallest are for the test. So a row is on the same side in every
 * run over the same rows, and one that is added or taken away moves one other at most. Of several labels a text counts
 * for the rarest.
 *
 * @param file how messages name the data
 * @throws InvalidDataset when there are no rows, one label only, labels too rare to be on both sides that `rareLabels`
 * does not say what to do with, or labels in the test split alone
 */
export function split(
  examples: Examples,
  { testFraction, rareLabels }: Pick<Plan['dataset'], 'testFraction' | 'rareLabels'>,
  file: string,
): Split {
  const { labels, testRows } = examples;
  const isGiven = testRows > 0;
  const frequencies = frequenciesOf(examples, testRows);
  const fewest = isGiven ? FEWEST_ROWS : 2 * FEWEST_ROWS;
  const rare = new Set(labels.flatMap((_, label) => ((frequencies[label] ?? 0) < fewest ? [label] : [])));
  assertLabels(labels, frequencies, rareLabels === 'drop' ? rare : new Set(), isGiven, file);
  if (rare.size > 0 && rareLabels === 'refuse') {
    throw tooRare(labels, frequencies, rare, fewest, file);
  }

  const sides = new Uint8Array(examples.length);
  const put = (row: number, side: Side): void => {
    sides[row] = SIDES.indexOf(side);
  };
  const strata = new Map<number | undefined, number[]>();
  for (let row = 0; row < examples.length; row += 1) {
    const own = examples.labelsOf(row);
    if (rareLabels === 'drop' && own.some((label) => rare.has(label))) {
      put(row, 'dropped');
    } else if (row < testRows) {
      put(row, 'test');
    } else if (!isGiven && !own.some((label) => rare.has(label))) {
      const rarest = own.reduce<number | undefined>(
        (least, label) =>
          least === undefined || (frequencies[label] ?? 0) < (frequencies[least] ?? 0) ? label : least,
        undefined,
      );
      const stratum = strata.get(rarest) ?? [];
      strata.set(rarest, stratum);
      stratum.push(row);
    }
  }
  for (const stratum of strata.values()) {
    for (const row of toTest(stratum, examples, testFraction)) {
      put(row, 'test');
    }
  }
  return counted(examples, (row) => SIDES[sides[row] ?? 0] ?? 'train');
}

/** Those of a label's rows that are for the test. */
function toTest(rows: number[], examples: Examples, testFraction: number): readonly number[] {
  if (rows.length < 2 * FEWEST_ROWS) {
    return [];
  }
  const wanted = Math.round(rows.length * testFraction);
  const count = Math.min(Math.max(wanted, FEWEST_ROWS), rows.length - FEWEST_ROWS);
  const hashes = Float64Array.from(rows, (row) => examples.hashOf(row));
  const ordered = rows.map((_, index) => index).sort((one, other) => (hashes[one] ?? 0) - (hashes[other] ?? 0));
  // Texts that are nearly the same have the same hash, and stay together where the counts allow it.
  const hashAt = (place: number): number => hashes[ordered[place] ?? 0] ?? 0;
  let end = count;
  while (end > FEWEST_ROWS && hashAt(end - 1) === hashAt(count)) {
    end -= 1;
  }
  return ordered.slice(0, hashAt(end - 1) === hashAt(count) ? count : end).map((index) => rows[index] ?? 0);
}

function frequenciesOf(examples: Examples, from: number): number[] {
  const frequencies = examples.labels.map(() => 0);
  for (let row = from; row < examples.length; row += 1) {
    for (const label of examples.labelsOf(row)) {
      frequencies[label] = (frequencies[label] ?? 0) + 1;
    }
  }
  return frequencies;
}

function counted(examples: Examples, sideOf: (row: number) => Side): Split {
  const none = (): LabelCount => ({ train: 0, test: 0, dropped: 0 });
  const rows = none();
  const counts = examples.labels.map((label) => [label, none()] as const);
  let nearDuplicates = 0;
  for (let row = 0; row < examples.length; row += 1) {
    const side = sideOf(row);
    rows[side] += 1;
    for (const label of examples.labelsOf(row)) {
      const count = counts[label]?.[1];
      if (count !== undefined) {
        count[side] += 1;
      }
    }
    const sides = [side, sideOf(examples.firstOf(row))];
    nearDuplicates += sides.includes('train') && sides.includes('test') ? 1 : 0;
  }
  const total = ({ train, test }: LabelCount): number => train + test;
  counts.sort(([, one], [, other]) => total(other) - total(one));
  return { sideOf, labels: counts, rows, nearDuplicates };
}

function assertLabels(
  labels: readonly string[],
  frequencies: readonly number[],
  dropped: ReadonlySet<number>,
  isGiven: boolean,
  file: string,
): void {
  const [first, second] = labels.filter((_, label) => (frequencies[label] ?? 0) > 0 && !dropped.has(label));
  if (first === undefined) {
    throw new InvalidDataset(`${file} has no labeled rows; it must have one for each text`);
  }
  if (second === undefined) {
    throw new InvalidDataset(
      `${file} has one single label, "${first}", in all of its rows; a classifier needs at least two`,
    );
  }
  const unknown = labels.find((_, label) => isGiven && frequencies[label] === 0);
  if (unknown !== undefined) {
    throw new InvalidDataset(
      `the test split has the label "${unknown}", which no row to train on has; correct it, or remove its rows`,
    );
  }
}

/** Of many, the message names the first. */
const MOST_NAMED = 10;

function tooRare(
  labels: readonly string[],
  frequencies: readonly number[],
  rare: ReadonlySet<number>,
  fewest: number,
  file: string,
): InvalidDataset {
  const named = [...rare].slice(0, MOST_NAMED).map((label) => `"${labels[label] ?? ''}" (${frequencies[label] ?? 0})`);
  const others = rare.size > MOST_NAMED ? ` and ${rare.size - MOST_NAMED} more` : '';
  return new InvalidDataset(
    `${file}: too few different texts have the label ${named.join(', ')}${others}, where ${fewest} are needed; add rows, ` +
      'remove these, or set dataset.rareLabels to "drop" or "train-only"',
  );
}
