/** How a label fares on the test split, on `rows` rows that have it. */
export interface EvaluatedLabel {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly rows: number;
}

/** Of the test split, `rows` rows with one label that the model answers with another. */
export interface MixUp {
  readonly label: string;
  readonly answer: string;
  readonly rows: number;
}

/** What a person wants to know of a model beyond its metrics, as much of it as the state machine carries. */
export interface Evaluation {
  /** Labels that the test split has rows of. */
  readonly labelCount: number;
  /** Those with the lowest F1, the lowest first: at most 20. */
  readonly worstLabels: readonly EvaluatedLabel[];
  /** The most frequent first, at most 5; none where a text may have several labels. */
  readonly mixUps: readonly MixUp[];
  /** Rows by their label (outer) and by the answer, in the order of `labels`; null of more than 12, and of several labels a text. */
  readonly confusionMatrix: {
    readonly labels: readonly string[];
    readonly rows: readonly (readonly number[])[];
  } | null;
}
