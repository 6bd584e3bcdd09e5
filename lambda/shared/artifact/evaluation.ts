import * as v from 'valibot';
import type { EvaluatedLabel, Evaluation, MixUp, TrainingMeasurement } from '../evaluation';

/** In a state, which holds 256 KiB; metrics.json has them all. */
const MOST_LABELS = 20;
const MOST_MIX_UPS = 5;
const MOST_MEASUREMENTS = 12;
/** A larger matrix tells a reader nothing. */
const LARGEST_MATRIX = 12;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const rows = v.pipe(v.number(), v.integer(), v.minValue(0));

const finite = v.pipe(v.number(), v.finite());

/** What metrics.json says besides the metrics; older training leaves some of it out. */
export const detailsSchema = v.object({
  labels: v.optional(v.array(v.string()), []),
  per_label: v.optional(v.record(v.string(), v.object({ precision: share, recall: share, support: rows })), {}),
  confusion_matrix: v.optional(v.array(v.array(rows)), []),
  calibration_error: v.optional(finite),
  uncalibrated: v.optional(v.object({ calibration_error: finite })),
  history: v.optional(
    v.array(
      v.object({
        step: rows,
        epoch: finite,
        train_loss: finite,
        validation_loss: finite,
        validation_accuracy: finite,
        validation_matthews_correlation: finite,
        validation_micro_f1: finite,
        validation_macro_f1: finite,
      }),
    ),
    [],
  ),
});

type Details = v.InferOutput<typeof detailsSchema>;

/** The part of a metrics.json that a person looks at first, and no more than a state can carry. */
export function evaluationOf(details: Details): Evaluation {
  const { labels, per_label, confusion_matrix, calibration_error, uncalibrated, history } = details;
  const evaluated = Object.entries(per_label)
    .filter(([, { support }]) => support > 0)
    .map(([label, { precision, recall, support }]): EvaluatedLabel => {
      const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
      return { label, precision, recall, f1, rows: support };
    });
  const isSmall = confusion_matrix.length > 0 && labels.length <= LARGEST_MATRIX;
  return {
    labelCount: evaluated.length,
    worstLabels: evaluated.sort((a, b) => a.f1 - b.f1 || b.rows - a.rows).slice(0, MOST_LABELS),
    mixUps: mixUpsIn(labels, confusion_matrix),
    confusionMatrix: isSmall ? { labels, rows: confusion_matrix } : null,
    calibrationError:
      calibration_error === undefined || uncalibrated === undefined
        ? null
        : { served: calibration_error, uncalibrated: uncalibrated.calibration_error },
    history: evenlyChosen(history),
  };
}

function evenlyChosen(history: readonly TrainingMeasurement[]): TrainingMeasurement[] {
  const every = Math.max(1, Math.ceil(history.length / MOST_MEASUREMENTS));
  return history.filter((_, place) => (history.length - 1 - place) % every === 0);
}

function mixUpsIn(labels: readonly string[], confusionMatrix: Details['confusion_matrix']): MixUp[] {
  return confusionMatrix
    .flatMap((answers, trueId) =>
      answers.map((count, answerId) => ({ label: labels[trueId] ?? '', answer: labels[answerId] ?? '', rows: count })),
    )
    .filter(({ label, answer, rows: count }) => label !== answer && count > 0)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, MOST_MIX_UPS);
}
