import * as v from 'valibot';

const number = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const measuredSchema = v.object({
  loss: number,
  accuracy: number,
  matthews_correlation: number,
  micro_f1: number,
  macro_f1: number,
  calibration_error: number,
});

/**
 * What training says of a model (training-code/source/train.py, `save_artifact`): of one that was measured by no row, `rows`
 * is 0 and most is left out.
 */
export const trainingMetricsSchema = v.object({
  ...v.partial(measuredSchema).entries,
  rows: count,
  majority_class_accuracy: v.optional(number),
  uncalibrated: v.optional(v.object({ loss: number, calibration_error: number })),
  labels: v.optional(v.array(v.string()), []),
  per_label: v.optional(
    v.record(
      v.string(),
      v.object({ precision: number, recall: number, support: count, threshold: v.optional(number) }),
    ),
    {},
  ),
  confusion_matrix: v.optional(v.array(v.array(count)), []),
  reliability: v.optional(v.array(v.object({ answers: count, score: number, right: number })), []),
  by_threshold: v.optional(
    v.array(v.object({ threshold: number, precision: number, recall: number, answers: count })),
    [],
  ),
  mistakes: v.optional(
    v.array(v.object({ row: count, labels: v.array(v.string()), answered: v.array(v.string()), score: number })),
    [],
  ),
  fp32: v.optional(measuredSchema),
  serving: v.object({
    format: v.string(),
    comparison: v.optional(
      v.object({ rows: count, changed_predictions: number, matthews_correlation_difference: number }),
    ),
  }),
  history: v.optional(
    v.array(
      v.object({
        step: count,
        epoch: number,
        train_loss: number,
        learning_rate: number,
        validation_loss: number,
        validation_accuracy: number,
        validation_matthews_correlation: number,
        validation_micro_f1: number,
        validation_macro_f1: number,
      }),
    ),
    [],
  ),
  warnings: v.optional(v.array(v.string()), []),
  /** The conditions, by their names. */
  training: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
});

export type TrainingMetrics = v.InferOutput<typeof trainingMetricsSchema>;

/** The texts that were answered wrong, each in one part or, of a pair, in two, by their rows. */
export const mistakenTextsSchema = v.record(v.string(), v.array(v.string()));

export type MistakenTexts = v.InferOutput<typeof mistakenTextsSchema>;

/** The names that people know the metrics by, those that grow with quality first. */
export const METRIC_NAMES = {
  accuracy: 'accuracy',
  matthews_correlation: 'Matthews correlation',
  micro_f1: 'micro F1',
  macro_f1: 'macro F1',
  loss: 'loss',
  calibration_error: 'calibration error',
} as const;

export type MetricName = keyof typeof METRIC_NAMES;
