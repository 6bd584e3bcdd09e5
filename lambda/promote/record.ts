import type { Plan } from '../plan/plan';
import type { PreparedDataset } from '../prepare-dataset/prepare';
import type { AcceptedModel } from '../quality-gate/index';
import type { SmokeTest } from '../smoke-test/index';

/** What an execution hands over at its end. */
export interface Outcome {
  readonly plan: Plan;
  readonly model: AcceptedModel;
  readonly smokeTest: SmokeTest;
  /** Absent when nothing was trained. */
  readonly dataset?: PreparedDataset;
  readonly executionArn: string;
}

/** What is in service: the output of an execution. */
export interface InService {
  readonly endpointName: string;
  readonly modelDataUrl: string;
  readonly metrics: AcceptedModel['metrics'];
  readonly labels: AcceptedModel['labels'];
  /** ISO 8601. */
  readonly promotedAt: string;
  /** The ARN of the execution that deployed it. */
  readonly execution: string;
}

/** Sums an execution up. */
export function inService({ model, smokeTest, executionArn }: Outcome, now: Date): InService {
  return {
    endpointName: smokeTest.endpointName,
    modelDataUrl: model.modelDataUrl,
    metrics: model.metrics,
    labels: model.labels,
    promotedAt: now.toISOString(),
    execution: executionArn,
  };
}
