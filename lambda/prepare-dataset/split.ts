import { hash } from 'node:crypto';
import { MOST_LABELS } from '../shared/labels';
import { InvalidDataset } from '../shared/step-errors';
import type { Row } from './row';
import { SeenTexts } from './seen-texts';

/** Where a row goes. */
export type Side = 'train' | 'test';

/** How many rows of one label each side has. */
export type LabelCount = Record<Side, number>;

const FEWEST_ROWS = 2;
const DIGEST_VALUES = 2 ** 48;

/**
 * Deals rows out to the training and the test side, drops texts that came before, and counts.
 *
 * The side is decided by a hash of the text alone, so that a row never changes sides when other rows come or go: what a
 * model of an earlier run was trained on never becomes what a later one is tested on.
 */
export class Split {
  readonly #seen = new SeenTexts();
  readonly #labelNumbers = new Map<string, number>();
  readonly labels: Record<string, LabelCount> = Object.create(null) as Record<string, LabelCount>;
  rows = 0;
  /** Rows whose text came before. */
  duplicates = 0;
  /** Those of the duplicates that came before with another label; the first one counts. */
  conflicts = 0;

  /** @param testFraction the part of the rows that should become the test side, between 0 and 1 */
  constructor(readonly testFraction: number) {}

  /**
   * The side that a row belongs to, or undefined when it is a duplicate.
   *
   * @throws InvalidDataset when there are too many labels for any of them to mean something
   */
  add({ text, label }: Row): Side | undefined {
    this.rows += 1;
    const number = this.#numberOf(label);
    const digest = hash('sha256', text, 'buffer');
    const seen = this.#seen.add(digest, number);
    if (seen !== undefined) {
      this.duplicates += 1;
      this.conflicts += seen === number ? 0 : 1;
      return undefined;
    }
    // Other bytes than the ones that tell duplicates.
    const side = digest.readUIntBE(8, 6) < this.testFraction * DIGEST_VALUES ? 'test' : 'train';
    const count = (this.labels[label] ??= { train: 0, test: 0 });
    count[side] += 1;
    return side;
  }

  /** How many rows a side has. */
  count(side: Side): number {
    return Object.values(this.labels).reduce((sum, count) => sum + count[side], 0);
  }

  /**
   * Checks that there is something to learn and something to test it on.
   *
   * @param file how the message names the file
   * @throws InvalidDataset when there are no rows, one label only, or a label with too few rows on a side
   */
  assertTrainable(file: string): void {
    const labels = Object.entries(this.labels);
    const [first, second] = labels;
    if (first === undefined) {
      throw new InvalidDataset(`${file} has no rows; it must have one for each labeled text`);
    }
    if (second === undefined) {
      throw new InvalidDataset(
        `${file} has one single label, "${first[0]}", in all of its rows; a classifier needs at least two`,
      );
    }
    for (const [label, { train, test }] of labels) {
      if (train < FEWEST_ROWS || test < FEWEST_ROWS) {
        throw new InvalidDataset(
          `${file}: the label "${label}" has ${train} different texts to train on and ${test} to test with, and each ` +
            `side needs at least ${FEWEST_ROWS}; add rows with this label or remove them all`,
        );
      }
    }
  }

  #numberOf(label: string): number {
    const known = this.#labelNumbers.get(label);
    if (known !== undefined) {
      return known;
    }
    const number = this.#labelNumbers.size;
    if (number === MOST_LABELS) {
      throw new InvalidDataset(
        `there are more than ${MOST_LABELS} different labels; is dataset.labelColumn the right column?`,
      );
    }
    this.#labelNumbers.set(label, number);
    return number;
  }
}
