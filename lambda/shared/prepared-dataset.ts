/** How many rows of one label are trained on, tested with, and left out because it is too rare. */
export type LabelCount = Record<'train' | 'test' | 'dropped', number>;

/** What the state machine keeps of a prepared dataset; the manifest has all of its labels. */
export interface PreparedDataset {
  /** Rows read; those of both sides and those that are left out for what the following say add up to it. */
  readonly rows: number;
  readonly trainRows: number;
  readonly testRows: number;
  /** Texts that came before, and of these those with other labels. */
  readonly duplicates: number;
  readonly conflicts: number;
  /** Rows to train on that are in the test split that was given. */
  readonly inTestSplit: number;
  /** Rows without text or without label. */
  readonly emptyRows: number;
  /** Rows of labels that are too rare. */
  readonly droppedRows: number;
  /** Texts to test with that the training has but for capitals, marks and blanks. */
  readonly nearDuplicates: number;
  /** Texts that are cut for certain, and the share of all words that is. */
  readonly truncatedTexts: number;
  readonly truncatedShare: number;
  readonly labelCount: number;
  /** Whether a text may have several labels, and whether it has a second text. */
  readonly severalLabels: boolean;
  readonly hasPairs: boolean;
  /** The most frequent ones. */
  readonly labels: readonly ({ readonly label: string } & LabelCount)[];
  /** How the files were read, for people to see: `text in "review"`. */
  readonly choices: readonly string[];
  /** What is worth knowing before money is spent, a sentence each. */
  readonly warnings: readonly string[];
  /** Of the data files as they were read, unpacked. */
  readonly sha256: string;
  readonly manifestUri: string;
}
