import * as v from 'valibot';
import { instanceType } from './execution-input';
import { realNumber } from './validation';

/*
 * What an hour of an instance costs in training, processing and serving, in USD on demand without tax, as
 * https://aws.amazon.com/sagemaker/pricing/ had it on 2026-11-26; of c7i, what EC2 asks for and 20 %, as with c5 and m5.
 * AWS's price list has thousands of rows and asks for a permission of its own, so that these are the instances that
 * are taken most; `training.instancePrices` of the configuration has any other, and other regions'.
 */
const PRICES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'us-east-1': {
    'ml.c7i.xlarge': 0.214,
    'ml.c7i.2xlarge': 0.428,
    'ml.c7i.4xlarge': 0.857,
    'ml.c7i.8xlarge': 1.714,
    'ml.m5.large': 0.115,
    'ml.m5.xlarge': 0.23,
    'ml.g4dn.xlarge': 0.7364,
    'ml.g5.xlarge': 1.408,
    'ml.g5.2xlarge': 1.515,
    'ml.g5.4xlarge': 2.03,
    'ml.g5.12xlarge': 7.09,
  },
};

/** USD per hour of one instance; undefined where it is not known. */
export function pricePerHour(
  instanceType: string,
  region: string,
  configured: Readonly<Record<string, number>>,
): number | undefined {
  return configured[instanceType] ?? PRICES[region]?.[instanceType];
}

/** In USD, of a job's instances; null where the price of one, per hour, is not known. */
export function costOf(billableSeconds: number, instancePrice: number | null, instanceCount: number): number | null {
  return instancePrice === null ? null : Number(((billableSeconds / 3600) * instancePrice * instanceCount).toFixed(4));
}

/** A training job's training part ends at `maxRuntimeInSeconds`; then it has so long to end, which AWS charges for too. */
export const STOP_SECONDS = 120;

/**
 * The most that training jobs can cost, in USD, each running until it is stopped.
 *
 * It is the price on demand: spare capacity costs less, and is charged for no longer than `maxRuntimeInSeconds` either.
 */
export function mostCostOf(
  jobs: readonly {
    /** USD per hour. */
    readonly instancePrice: number;
    readonly instanceCount: number;
    readonly maxRuntimeInSeconds: number;
  }[],
): number {
  return jobs
    .map(
      ({ instancePrice, instanceCount, maxRuntimeInSeconds }) =>
        (instancePrice * instanceCount * (maxRuntimeInSeconds + STOP_SECONDS)) / 3600,
    )
    .reduce((sum, cost) => sum + cost, 0);
}

/** Prices that a configuration knows better. */
export const instancePrices = v.record(instanceType, realNumber(0, 10_000));
