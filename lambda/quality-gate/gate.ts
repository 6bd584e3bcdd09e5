import { InvalidArtifact, QualityGateFailed } from '../shared/step-errors';
import type { Plan } from '../shared/plan';
import type { Metrics } from '../shared/artifact/artifact';

/**
 * Lets a model pass whose metric reaches the minimum, and any where the gate is waived.
 *
 * @param modelDataUrl the model, which the message says how to deploy nevertheless
 * @param reportUrl the report of its training, which the message names too; null where there is none
 * @throws InvalidArtifact when there are no metrics to judge by
 * @throws QualityGateFailed with the metric, the majority class's accuracy to compare with, and what to do
 */
export function assertGoodEnough(
  metrics: Metrics | null,
  gate: Plan['gate'],
  modelDataUrl: string,
  reportUrl: string | null,
): void {
  if (gate.waived) {
    return;
  }
  const override = JSON.stringify({ modelDataUrl, gate: { waived: true } });
  if (metrics === null) {
    throw new InvalidArtifact(
      `${modelDataUrl} has no metrics, so there is nothing to judge it by; to deploy it nevertheless, start an ` +
        `execution with ${override}`,
    );
  }
  // Older training leaves micro_f1 out, which of one label a text is the accuracy.
  const value = metrics[gate.metric] ?? metrics.accuracy;
  if (value >= gate.minimum) {
    return;
  }
  throw new QualityGateFailed(
    `the model's ${gate.metric} is ${round(value)}, below the minimum of ${gate.minimum} (its accuracy over ${metrics.rows} test ` +
      `rows is ${round(metrics.accuracy)}; always answering the most frequent label would get ` +
      `${round(metrics.majority_class_accuracy)}). Nothing was deployed. Train on more or better labeled rows, for more ` +
      `epochs or from another base model; to deploy this very model nevertheless, start an execution with ${override}` +
      (reportUrl === null ? '' : `. What it does well and what not is in the report ${reportUrl}`),
  );
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
