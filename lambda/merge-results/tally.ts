import { type AnsweredLine, labelsOf } from '../shared/batch';
import type { ResultCounts } from '../shared/batch-results';

/** Kinds of errors that are told apart; more would be no kinds. */
const MOST_KINDS = 100;
const OTHERS = 'other errors';

/** Counts rows as they pass. */
export class Tally {
  #rows = 0;
  #truncated = 0;
  #labeled = 0;
  #confidence = 0;
  readonly #errors = new Map<string, number>();
  readonly #labels = new Map<string, number>();

  add(line: AnsweredLine): void {
    this.#rows += 1;
    if ('error' in line) {
      const kind = line.error.replace(/(?<![\w-])\d+/g, 'N');
      increment(this.#errors, this.#errors.has(kind) || this.#errors.size < MOST_KINDS ? kind : OTHERS);
      return;
    }
    this.#truncated += line.truncated ? 1 : 0;
    const labels = labelsOf(line);
    this.#labeled += labels.length > 0 ? 1 : 0;
    this.#confidence += labels[0]?.score ?? 0;
    for (const { label } of labels) {
      increment(this.#labels, label);
    }
  }

  get counts(): ResultCounts {
    return {
      rows: this.#rows,
      errors: Object.fromEntries(this.#errors),
      truncated: this.#truncated,
      labels: Object.fromEntries(this.#labels),
      labeled: this.#labeled,
      confidence: this.#confidence,
    };
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
