import type { Plan } from '../shared/plan';
import type { PreparedDataset } from '../prepare-dataset/prepare';
import type { AcceptedModel } from '../quality-gate/index';
import type { Serving } from '../shared/serving-settings';
import type { SmokeTest } from '../smoke-test/index';

/** The state of an execution at its end. */
export interface Outcome {
  readonly plan: Plan;
  readonly model: AcceptedModel;
  readonly serving: Serving;
  readonly smokeTest: SmokeTest;
  /** Absent when nothing was trained. */
  readonly dataset?: PreparedDataset;
}

/** What is in service: the output of an execution. */
export interface InService {
  readonly endpointName: string;
  /** What the pipeline deployed; with an accelerator, the endpoint serves what was traced from it. */
  readonly modelDataUrl: string;
  readonly serving: {
    readonly profile: Serving['profile'];
    readonly accelerator: string;
    readonly modelDataUrl: string;
    /** Why there is no accelerator although one is configured. */
    readonly reason: string | null;
  };
  readonly metrics: AcceptedModel['metrics'];
  readonly labels: AcceptedModel['labels'];
  /** ISO 8601. */
  readonly promotedAt: string;
  /** The ARN of the execution that deployed it. */
  readonly execution: string;
}

/** Sums an execution up. */
export function inService({ model, serving, smokeTest }: Outcome, executionArn: string, now: Date): InService {
  const { profile, accelerator, modelDataUrl, reason } = serving;
  return {
    endpointName: smokeTest.endpointName,
    modelDataUrl: model.modelDataUrl,
    serving: { profile, accelerator, modelDataUrl, reason },
    metrics: model.metrics,
    labels: model.labels,
    promotedAt: now.toISOString(),
    execution: executionArn,
  };
}
