import * as v from 'valibot';
import type { EvaluatedLabel, Evaluation, MixUp } from '../shared/evaluation';

/** In a state, which holds 256 KiB; metrics.json has them all. */
const MOST_LABELS = 20;
const MOST_MIX_UPS = 5;
/** A larger matrix tells a reader nothing. */
const LARGEST_MATRIX = 12;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const rows = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What metrics.json says of the labels; older training leaves some of it out. */
export const labelsSchema = v.object({
  labels: v.optional(v.array(v.string()), []),
  per_label: v.optional(v.record(v.string(), v.object({ precision: share, recall: share, support: rows })), {}),
  confusion_matrix: v.optional(v.array(v.array(rows)), []),
});

type Labels = v.InferOutput<typeof labelsSchema>;

/** The part of a metrics.json that a person looks at first, and no more than a state can carry. */
export function evaluationOf({ labels, per_label, confusion_matrix }: Labels): Evaluation {
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
  };
}

function mixUpsIn(labels: readonly string[], confusionMatrix: Labels['confusion_matrix']): MixUp[] {
  return confusionMatrix
    .flatMap((answers, trueId) =>
      answers.map((count, answerId) => ({ label: labels[trueId] ?? '', answer: labels[answerId] ?? '', rows: count })),
    )
    .filter(({ label, answer, rows: count }) => label !== answer && count > 0)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, MOST_MIX_UPS);
}
