import type { TrainingJobPlan } from '../shared/plan';
import { InvalidInput } from '../shared/step-errors';

/** A job's training part ends at `maxRuntimeInSeconds`; then it has so long to end, which AWS charges for too. */
const STOP_SECONDS = 120;

/**
 * Refuses jobs that could cost more than they may, if each ran until it is stopped.
 *
 * It is the price on demand: spare capacity costs less, and is charged for no longer than `maxRuntimeInSeconds` either.
 *
 * @throws InvalidInput also where the price of an instance is not known
 */
export function refuseExpensive(jobs: readonly TrainingJobPlan[], maxCostUsd: number, region: string): void {
  const hours = (seconds: number): number => seconds / 3600;
  let cost = 0;
  let rate = 0;
  for (const { instanceType, instanceCount, instancePrice, maxRuntimeInSeconds } of jobs) {
    if (instancePrice === null) {
      throw new InvalidInput(
        `training.maxCostUsd cannot be kept, for the price of ${instanceType} in ${region} is not known: set ` +
          `training.instancePrices in the configuration to {"${instanceType}": <USD per hour>}, or leave maxCostUsd out`,
      );
    }
    cost += instancePrice * instanceCount * hours(maxRuntimeInSeconds + STOP_SECONDS);
    rate += instancePrice * instanceCount;
  }
  if (cost <= maxCostUsd) {
    return;
  }
  const affordable = Math.floor((maxCostUsd / rate) * 3600) - STOP_SECONDS;
  throw new InvalidInput(
    `training could cost up to ${cost.toFixed(2)} USD, which is more than training.maxCostUsd (${maxCostUsd}): ` +
      `${jobs.length} job(s) of at most training.maxRuntimeInSeconds; ` +
      (affordable < 60
        ? 'raise maxCostUsd, or choose a cheaper training.instanceType'
        : `set training.maxRuntimeInSeconds to ${affordable} or less, or raise maxCostUsd`) +
      (jobs.length > 1 ? ', or leave candidates out' : ''),
  );
}
