import { hash } from 'node:crypto';
import { MOST_LABELS } from '../shared/labels';
import { InvalidDataset } from '../shared/step-errors';
import { Numbers } from './numbers';
import type { Row } from './row';
import { SeenTexts } from './seen-texts';

/**
 * The rows without those whose text came before. Of each it keeps some 50 bytes: not the text but its hashes, and the
 * number of its set of labels.
 */
export class Examples {
  readonly #texts = new SeenTexts();
  readonly #foldedTexts = new SeenTexts();
  readonly #labelNumbers = new Map<string, number>();
  readonly #setNumbers = new Map<string, number>();
  readonly #sets: (readonly number[])[] = [];
  readonly #setOf = new Numbers(Uint32Array);
  readonly #hashOf = new Numbers(Float64Array);
  readonly #firstOf = new Numbers(Uint32Array);

  /** The first ones, of a test split that was given; the others are yet to be split. */
  testRows = 0;
  /** Rows whose text came before in the same split. */
  duplicates = 0;
  /** Those of the duplicates that came before with other labels; the first ones count. */
  conflicts = 0;
  /** Rows to train on whose text is in the test split that was given. */
  inTestSplit = 0;

  get length(): number {
    return this.#setOf.length;
  }

  /** In the order of their numbers. */
  get labels(): string[] {
    return [...this.#labelNumbers.keys()];
  }

  /** The numbers of a row's labels. */
  labelsOf(row: number): readonly number[] {
    return this.#sets[this.#setOf.at(row)] ?? [];
  }

  /** Of a row's text without its capitals, marks and blanks: evenly spread over whole numbers below 2 ** 48. */
  hashOf(row: number): number {
    return this.#hashOf.at(row);
  }

  /** The row in which nearly the same text came first: the same but for capitals, marks and blanks. */
  firstOf(row: number): number {
    return this.#firstOf.at(row);
  }

  /**
   * Takes up a row.
   *
   * @param isTest for those of a test split that is given, which all come before the others
   * @returns whether its text is new
   * @throws InvalidDataset when there are too many labels for any of them to mean something
   */
  add({ text, pair = '', labels }: Row, isTest = false): boolean {
    const number = this.length;
    const key = labels.join('\0');
    const seen = this.#texts.add(hash('sha256', `${text}\0${pair}`, 'buffer'), number);
    if (seen !== undefined) {
      const isInTestSplit = !isTest && seen < this.testRows;
      this.inTestSplit += isInTestSplit ? 1 : 0;
      this.duplicates += isInTestSplit ? 0 : 1;
      this.conflicts += this.#setOf.at(seen) === this.#setNumbers.get(key) ? 0 : 1;
      return false;
    }
    const digest = hash('sha256', `${folded(text)}\0${folded(pair)}`, 'buffer');
    this.testRows += isTest ? 1 : 0;
    this.#setOf.push(this.#numberOfSet(key, labels));
    this.#hashOf.push(digest.readUIntBE(8, 6));
    this.#firstOf.push(this.#foldedTexts.add(digest, number) ?? number);
    return true;
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

  #numberOfSet(key: string, labels: readonly string[]): number {
    const known = this.#setNumbers.get(key);
    if (known !== undefined) {
      return known;
    }
    this.#setNumbers.set(key, this.#sets.length);
    return this.#sets.push(labels.map((label) => this.#numberOf(label))) - 1;
  }
}

/** Letters and digits alone; a text that has none stays as it is. */
function folded(text: string): string {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}]+/gu, '') || text
  );
}
