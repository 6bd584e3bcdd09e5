import { mostCostOf, pricePerHour } from '../../lambda/shared/prices';
import type { Configuration } from '../../lib/configuration/configuration';
import type { Finding, Patient } from './finding';
import { trainingJobsOf } from './training-jobs';

/** As AWS counts a month. */
const HOURS_PER_MONTH = 730;

/** What the endpoint costs a month, and what one execution can cost at most: on demand, without tax, requests and storage. */
export function estimatePrices({ configuration, region }: Pick<Patient, 'configuration' | 'region'>): Finding[] {
  return [
    { subject: 'month', verdict: 'note', sentence: monthOf(configuration, region) },
    { subject: 'execution', verdict: 'note', sentence: executionOf(configuration, region) },
  ];
}

function monthOf({ serving, training }: Configuration, region: string): string {
  if (serving.profile === 'serverless') {
    return serving.provisionedConcurrency === undefined
      ? 'a serverless endpoint costs nothing while nobody asks, and by the millisecond where somebody does.'
      : `a serverless endpoint with ${serving.provisionedConcurrency} containers kept ready costs by the hour; see https://aws.amazon.com/sagemaker/pricing/.`;
  }
  const { instanceType, instanceCount, maxInstanceCount } = serving;
  const price = pricePerHour(instanceType, region, training.instancePrices);
  if (price === undefined) {
    return unknownPrice(instanceType, region);
  }
  const dollars = (count: number): string => (price * count * HOURS_PER_MONTH).toFixed(0);
  const range =
    maxInstanceCount === undefined
      ? dollars(instanceCount)
      : `${dollars(instanceCount)} to ${dollars(maxInstanceCount)}`;
  return (
    `an endpoint of ${instanceCount} × ${instanceType} costs about ${range} USD a month, whether or not somebody asks; the execution ` +
    'input {"endpoint": "take-down"} ends that.'
  );
}

function executionOf({ training }: Configuration, region: string): string {
  const jobs = trainingJobsOf(training).map((job) => ({
    ...job,
    instancePrice: pricePerHour(job.instanceType, region, training.instancePrices),
  }));
  const unknown = jobs.find(({ instancePrice }) => instancePrice === undefined);
  if (unknown !== undefined) {
    return unknownPrice(unknown.instanceType, region);
  }
  const most = mostCostOf(jobs.map((job) => ({ ...job, instancePrice: job.instancePrice ?? 0 })));
  const { maxCostUsd } = training;
  const what =
    jobs.length === 1 ? `training on ${jobs[0]?.instanceType ?? ''}` : `training of ${jobs.length} candidates`;
  return maxCostUsd !== undefined && most > maxCostUsd
    ? `${what} could cost ${most.toFixed(2)} USD, which training.maxCostUsd (${maxCostUsd}) refuses.`
    : `${what} costs ${most.toFixed(2)} USD at most, where each job takes all of training.maxRuntimeInSeconds.`;
}

function unknownPrice(instanceType: string, region: string): string {
  return `the price of ${instanceType} in ${region} is not known here: set training.instancePrices in the configuration to {"${instanceType}": <USD per hour>}.`;
}
