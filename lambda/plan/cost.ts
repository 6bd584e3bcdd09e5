import type { ExecutionParameters, TrainingJobPlan } from '../shared/plan';
import { mostCostOf, STOP_SECONDS } from '../shared/prices';
import { InvalidInput } from '../shared/step-errors';

/**
 * Refuses jobs that could cost more than `maxCostUsd`, where there is one, if each ran until it is stopped.
 *
 * @throws InvalidInput also where the price of an instance is not known
 */
export function refuseExpensive(
  jobs: readonly TrainingJobPlan[],
  { maxCostUsd, candidates }: Pick<ExecutionParameters['training'], 'maxCostUsd' | 'candidates'>,
  region: string,
): void {
  if (maxCostUsd === undefined) {
    return;
  }
  const priced = jobs.map(({ instanceType, instancePrice, ...job }) => {
    if (instancePrice === null) {
      throw new InvalidInput(
        `training.maxCostUsd cannot be kept, for the price of ${instanceType} in ${region} is not known: set ` +
          `training.instancePrices in the configuration to {"${instanceType}": <USD per hour>}, or leave maxCostUsd out`,
      );
    }
    return { ...job, instancePrice };
  });
  const cost = mostCostOf(priced);
  if (cost <= maxCostUsd) {
    return;
  }
  const rate = priced.reduce((sum, { instancePrice, instanceCount }) => sum + instancePrice * instanceCount, 0);
  const affordable = Math.floor((maxCostUsd / rate) * 3600) - STOP_SECONDS;
  const theirs = candidates.some(({ maxRuntimeInSeconds = 0 }) => maxRuntimeInSeconds > affordable)
    ? ', also in each candidate that sets its own'
    : '';
  throw new InvalidInput(
    `training could cost up to ${cost.toFixed(2)} USD, which is more than training.maxCostUsd (${maxCostUsd}): ` +
      `${jobs.length} job(s) of at most training.maxRuntimeInSeconds; ` +
      (affordable < 60
        ? 'raise maxCostUsd, or choose a cheaper training.instanceType'
        : `set training.maxRuntimeInSeconds to ${affordable} or less${theirs}, or raise maxCostUsd`) +
      (jobs.length > 1 ? ', or leave candidates out' : ''),
  );
}
