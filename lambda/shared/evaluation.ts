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

/** A measurement by the validation part, on the way; the training loss is the mean since the one before. */
export interface TrainingMeasurement {
  readonly step: number;
  readonly epoch: number;
  readonly train_loss: number;
  readonly validation_loss: number;
  readonly validation_accuracy: number;
  readonly validation_matthews_correlation: number;
  readonly validation_micro_f1: number;
  readonly validation_macro_f1: number;
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
  /** By how much scores are off the share of right answers, as they are served and as the model alone has them; null: not measured. */
  readonly calibrationError: { readonly served: number; readonly uncalibrated: number } | null;
  /** The loss curve: at most 12 measurements, evenly chosen, the last among them. */
  readonly history: readonly TrainingMeasurement[];
}
