/** What every BERT tokenizer cuts text into before it looks words up: words and marks, each of one token at least. */
const PIECES = /[\p{L}\p{N}\p{M}]+|[^\s\p{L}\p{N}\p{M}]/gu;
/** The tokens that a model adds to a text, at its beginning and its end. */
const ADDED = 2;

/**
 * Counts what is cut off texts at the least, before there is a tokenizer: one cuts words into several tokens, never two
 * words into one.
 */
export class Truncation {
  /** Texts that are cut for certain. */
  texts = 0;
  #cut = 0;
  #pieces = 0;

  /** @param maxLength the tokens of a text that the model reads */
  constructor(readonly maxLength: number) {}

  /** The share of all words and marks that no model will see. */
  get share(): number {
    return this.#pieces === 0 ? 0 : this.#cut / this.#pieces;
  }

  add(text: string): void {
    const pieces = text.match(PIECES)?.length ?? 0;
    const cut = Math.max(0, pieces + ADDED - this.maxLength);
    this.texts += cut > 0 ? 1 : 0;
    this.#cut += cut;
    this.#pieces += pieces;
  }
}
