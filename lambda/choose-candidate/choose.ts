import * as v from 'valibot';
import type { CandidateOutcome } from '../shared/candidates';
import { type Failure, readFailure } from '../shared/execution-failure';
import type { PlannedCandidate } from '../shared/plan';
import { costOf } from '../shared/prices';
import { AllCandidatesFailed } from '../shared/step-errors';

/** In characters: of twelve, all go through the states. */
const LONGEST_REASON = 300;

/** What the comparison must know of a candidate. */
export type Candidate = Pick<PlannedCandidate, 'overrides' | 'instanceCount' | 'instancePrice'>;

/** What came of a candidate's job: of one that completed, or of one that did not. */
export type CandidateResult =
  | {
      readonly modelDataUrl: string;
      /** FinalMetricDataList: the last value of each metric that the log had. */
      readonly metrics: Readonly<Record<string, number>>;
      readonly seconds: number;
      readonly billableSeconds: number;
    }
  | { readonly failure: Failure };

export interface Choice {
  /** The best candidate's model.tar.gz. */
  readonly modelDataUrl: string;
  /** All of them, in their order. */
  readonly candidates: readonly CandidateOutcome[];
  /** Of all their jobs; null where a price is not known, or how long one has run. */
  readonly costUsd: number | null;
}

/** The times of a job that failed, in what SageMaker says of it. */
const failedJob = v.object({ TrainingTimeInSeconds: v.number(), BillableTimeInSeconds: v.number() });

/**
 * Takes the candidate with the highest validation metric, of equal ones the first. The test split has no say: it judges
 * the one that is taken, at the gate.
 *
 * @param results in the order of the candidates
 * @param metric a metric of the gate, as train.py prints it with `validation_` before
 * @throws AllCandidatesFailed with each one's reason
 */
export function choose(candidates: readonly Candidate[], results: readonly CandidateResult[], metric: string): Choice {
  const outcomes = candidates.map((candidate, place) => outcomeOf(candidate, results[place], metric));
  const best = Math.max(...outcomes.map(({ score }) => score ?? -Infinity));
  const chosen = outcomes.findIndex(({ score }) => score === best);
  const result = results[chosen];
  if (result === undefined || !('modelDataUrl' in result)) {
    const reasons = outcomes.map(({ reason }, place) => `training.candidates[${place}]: ${reason}`);
    throw new AllCandidatesFailed(`none of ${outcomes.length} candidates was trained: ${reasons.join('; ')}`);
  }
  return {
    modelDataUrl: result.modelDataUrl,
    candidates: outcomes.map((outcome, place) => ({ ...outcome, isChosen: place === chosen })),
    costUsd: costOfAll(outcomes, results),
  };
}

/** A candidate whose job never ran costs nothing; one whose state timed out may have trained for hours, nobody knows how many. */
function costOfAll(outcomes: readonly CandidateOutcome[], results: readonly CandidateResult[]): number | null {
  return outcomes
    .filter(({ billableSeconds }, place) => billableSeconds !== null || hasTimedOut(results[place]))
    .reduce<number | null>(
      (sum, { costUsd }) => (sum === null || costUsd === null ? null : Number((sum + costUsd).toFixed(4))),
      0,
    );
}

function hasTimedOut(result: CandidateResult | undefined): boolean {
  return result !== undefined && 'failure' in result && result.failure.error === 'States.Timeout';
}

function outcomeOf(
  { overrides, instanceCount, instancePrice }: Candidate,
  result: CandidateResult | undefined,
  metric: string,
): CandidateOutcome {
  const { score, seconds, billableSeconds, reason } = measured(result, metric);
  const costUsd = billableSeconds === null ? null : costOf(billableSeconds, instancePrice, instanceCount);
  return { overrides, score, seconds, billableSeconds, costUsd, reason, isChosen: false };
}

function measured(
  result: CandidateResult | undefined,
  metric: string,
): Pick<CandidateOutcome, 'score' | 'seconds' | 'billableSeconds' | 'reason'> {
  if (result === undefined) {
    throw new Error('a candidate has no result');
  }
  if ('failure' in result) {
    const times = v.safeParse(v.pipe(v.string(), v.parseJson(), failedJob), result.failure.cause);
    return {
      score: null,
      seconds: times.success ? times.output.TrainingTimeInSeconds : null,
      billableSeconds: times.success ? times.output.BillableTimeInSeconds : null,
      reason: readFailure(result.failure).why.replaceAll(/\s+/g, ' ').slice(0, LONGEST_REASON),
    };
  }
  const { metrics, seconds, billableSeconds } = result;
  const score = metrics[`validation:${metric}`] ?? null;
  const reason = score === null ? `its log has no validation_${metric}, to compare it by` : null;
  return { score, seconds, billableSeconds, reason };
}
