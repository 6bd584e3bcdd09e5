import { InvalidArtifact, QualityGateFailed } from '../shared/step-errors';
import type { Plan, PlannedServing } from '../shared/plan';
import type { Artifact, Metrics } from '../shared/artifact/artifact';

/** Of a model, a form that may serve, with the words that tell it from the usual one in a message. */
interface Form {
  readonly metrics: Metrics;
  readonly inWhat: string;
}

/**
 * Lets a model pass whose metric reaches the minimum in each form that may serve, and any where the gate is waived.
 *
 * @param serving where it will serve; an accelerator that is named may still be refused
 * @param modelDataUrl the model, which the message says how to deploy nevertheless
 * @param reportUrl the report of its training, which the message names too; null where there is none
 * @throws InvalidArtifact when there are no metrics to judge by
 * @throws QualityGateFailed with the metric, the majority class's accuracy to compare with, and what to do
 */
export function assertGoodEnough(
  artifact: Artifact,
  serving: Pick<PlannedServing, 'profile' | 'accelerator'>,
  gate: Plan['gate'],
  modelDataUrl: string,
  reportUrl: string | null,
): void {
  if (gate.waived) {
    return;
  }
  const override = JSON.stringify({ modelDataUrl, gate: { waived: true } });
  const forms = formsToServe(artifact, serving);
  if (forms.length === 0) {
    throw new InvalidArtifact(
      `${modelDataUrl} has no metrics, so there is nothing to judge it by; to deploy it nevertheless, start an ` +
        `execution with ${override}`,
    );
  }
  const failed = forms.find(({ metrics }) => valueOf(metrics, gate) < gate.minimum);
  if (failed === undefined) {
    return;
  }
  const { metrics, inWhat } = failed;
  throw new QualityGateFailed(
    `the model's ${gate.metric}${inWhat} is ${round(valueOf(metrics, gate))}, below the minimum of ${gate.minimum} (its ` +
      `accuracy over ${metrics.rows} test rows is ${round(metrics.accuracy)}; always answering the most frequent label would get ` +
      `${round(metrics.majority_class_accuracy)}). Nothing was deployed. Train on more or better labeled rows, for more ` +
      `epochs or from another base model; to deploy this very model nevertheless, start an execution with ${override}` +
      (reportUrl === null ? '' : `. What it does well and what not is in the report ${reportUrl}`),
  );
}

/**
 * A CPU serves what `metrics` are of. A GPU and an accelerator serve the weights as they were trained, and so does whatever
 * serves a traced model; where an accelerator is refused, the CPU serves.
 */
function formsToServe(
  { metrics, fp32, format }: Artifact,
  { profile, accelerator }: Pick<PlannedServing, 'profile' | 'accelerator'>,
): Form[] {
  const onCpu = metrics === null ? [] : [{ metrics, inWhat: '' }];
  if (fp32 === null) {
    return onCpu;
  }
  const trained = { metrics: fp32, inWhat: ' in fp32, as it would serve,' };
  if (profile === 'gpu' || format === 'torchscript') {
    return [trained];
  }
  return accelerator === 'none' ? onCpu : [...onCpu, trained];
}

function valueOf(metrics: Metrics, gate: Plan['gate']): number {
  // Older training leaves micro_f1 out, which of one label a text is the accuracy.
  return metrics[gate.metric] ?? metrics.accuracy;
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
