import type { CandidateOutcome } from '../shared/candidates';
import { html, type Html } from '../shared/html';
import type { Plan, TrainingJobPlan } from '../shared/plan';
import { costOf } from '../shared/prices';
import { type Cell, duration, rounded, table } from './format';
import type { TrainingMetrics } from './metrics';

/** What a training job took. */
export interface JobTimes {
  /** From the start of the instances to the end of the upload. */
  readonly seconds: number;
  /** What AWS charges for. */
  readonly billableSeconds: number;
}

/**
 * What the model was trained with, how long it took and what it cost.
 *
 * @param job null where there were candidates, which have their own
 */
export function parametersSection(
  metrics: TrainingMetrics,
  { training }: Plan,
  candidates: readonly CandidateOutcome[] | null,
  job: JobTimes | null,
): Html {
  const chosen = candidates?.findIndex(({ isChosen }) => isChosen) ?? -1;
  const planned = training.candidates[chosen] ?? training;
  const times = candidates?.[chosen] ?? job;
  const { billableSeconds = null, seconds = null } = times ?? {};
  const cost = billableSeconds === null ? null : costOf(billableSeconds, planned.instancePrice, planned.instanceCount);
  const rows: readonly (readonly Cell[])[] = [
    ['instances', `${planned.instanceCount} × ${planned.instanceType}`],
    ['duration of the job', seconds === null ? 'not known' : duration(seconds)],
    ['cost of the job', cost === null ? 'not known' : `${cost.toFixed(2)} USD on demand`],
    ['base model', baseModelOf(planned)],
    ...Object.entries(metrics.training)
      .filter(([name]) => name !== 'base_model')
      .map(([name, value]) => [name.replaceAll('_', ' '), typeof value === 'boolean' ? String(value) : value]),
  ];
  return html`<section>
    <h2>Parameters, duration and cost</h2>
    ${table('The training job', ['parameter', 'value'], rows)}
    ${candidates === null ? null : candidatesTable(candidates)}
  </section>`;
}

/** A model from S3 arrives as a channel, in a folder of the container's. */
function baseModelOf({ hyperParameters, inputDataConfig }: TrainingJobPlan): string {
  const channel = inputDataConfig.find(({ ChannelName }) => ChannelName === 'base_model');
  return hyperParameters['base_model'] ?? channel?.DataSource.S3DataSource.S3Uri ?? 'not known';
}

function candidatesTable(candidates: readonly CandidateOutcome[]): Html {
  return table(
    'The candidates, by the gate’s metric on the validation part',
    ['candidate', 'parameters', 'validation', 'seconds', 'USD', 'outcome'],
    candidates.map(({ overrides, score, seconds, costUsd, reason, isChosen }, place) => [
      String(place),
      Object.entries(overrides)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(', ') || 'as configured',
      score === null ? '-' : rounded(score),
      seconds ?? '-',
      costUsd ?? '-',
      isChosen ? 'this model' : reason,
    ]),
  );
}
