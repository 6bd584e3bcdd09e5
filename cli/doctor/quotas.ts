import {
  paginateListAWSDefaultServiceQuotas,
  paginateListServiceQuotas,
  type ServiceQuota,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { parseConfiguration, type Configuration } from '../../lib/configuration/configuration';
import { SERVING_PROFILES } from '../../lambda/shared/serving-settings';
import { asked, type Finding, type Patient } from './finding';
import { trainingJobsOf } from './training-jobs';

/** What is taken of a quota, by its name in Service Quotas. */
interface Need {
  readonly quotaName: string;
  readonly count: number;
  /** What to change otherwise. */
  readonly instead: string;
}

const SERVERLESS_QUOTA = 'Maximum total concurrency that can be allocated across all serverless endpoints';
const MOST_IN_PAGE = 100;

type Serving = Configuration['serving'];

/** Whether SageMaker's quotas suffice for training and serving, and which serving profiles they suffice for. */
export function checkQuotas({ configuration, region, settings }: Patient): Promise<Finding[]> {
  return asked('quotas', async () => {
    const quotas = await Quotas.read(new ServiceQuotasClient({ ...settings, region }));
    const { serving } = configuration;
    const profiles = SERVING_PROFILES.filter((profile) => {
      const asConfigured = profile === serving.profile ? serving : parseConfiguration({ serving: { profile } }).serving;
      return quotas.allow(servingNeed(asConfigured));
    });
    return [
      ...trainingNeeds(configuration).map((need) => quotas.finding('training quota', need)),
      quotas.finding('serving quota', servingNeed(serving)),
      ...secondFleet(serving, quotas),
      ...batchNote(configuration, quotas),
      {
        subject: 'profiles',
        verdict: 'note',
        sentence:
          profiles.length === 0
            ? 'no serving.profile would work with these quotas as it is configured by default.'
            : `with these quotas, serving.profile may be ${profiles.join(', ')}.`,
      },
    ];
  });
}

/** The quotas of SageMaker in an account and region: what runs already counts against them. */
class Quotas {
  private constructor(private readonly byName: ReadonlyMap<string, ServiceQuota>) {}

  /** Quotas that were never changed are told as AWS's defaults only. */
  static async read(client: ServiceQuotasClient): Promise<Quotas> {
    const paging = { client, pageSize: MOST_IN_PAGE };
    const wanted = { ServiceCode: 'sagemaker' };
    const byName = new Map<string, ServiceQuota>();
    for (const pages of [paginateListAWSDefaultServiceQuotas, paginateListServiceQuotas]) {
      for await (const { Quotas = [] } of pages(paging, wanted)) {
        for (const quota of Quotas) {
          byName.set(quota.QuotaName ?? '', quota);
        }
      }
    }
    return new Quotas(byName);
  }

  allow({ quotaName, count }: Need): boolean {
    return (this.byName.get(quotaName)?.Value ?? 0) >= count;
  }

  finding(subject: string, need: Need): Finding {
    const { quotaName, count, instead } = need;
    const quota = this.byName.get(quotaName);
    if (quota === undefined) {
      return {
        subject,
        verdict: 'run',
        sentence: `there is no quota "${quotaName}" in this region, so that there may be none of these instances: ${instead}.`,
      };
    }
    const { Value = 0, QuotaCode = '' } = quota;
    return this.allow(need)
      ? { subject, verdict: 'good', sentence: `"${quotaName}" is ${Value}, and ${count} is needed.` }
      : {
          subject,
          verdict: 'run',
          sentence: `"${quotaName}" (${QuotaCode}) is ${Value}, and ${count} is needed: ask for more in the Service Quotas console, or ${instead}.`,
        };
  }
}

function trainingNeeds({ training }: Configuration): Need[] {
  const { useSpotInstances, candidates, maxConcurrency } = training;
  const jobs = trainingJobsOf(training);
  return [...new Set(jobs.map(({ instanceType }) => instanceType))].map((instanceType) => {
    const counts = jobs.filter((job) => job.instanceType === instanceType).map(({ instanceCount }) => instanceCount);
    return {
      quotaName: `${instanceType} for ${useSpotInstances ? 'spot ' : ''}training job usage`,
      count: Math.max(...counts) * Math.min(counts.length, candidates.length === 0 ? 1 : maxConcurrency),
      instead: `choose another training.instanceType${candidates.length === 0 ? '' : ', or lower training.maxConcurrency'}`,
    };
  });
}

function servingNeed(serving: Serving): Need {
  return serving.profile === 'serverless'
    ? { quotaName: SERVERLESS_QUOTA, count: serving.maxConcurrency, instead: 'lower serving.maxConcurrency' }
    : {
        quotaName: `${serving.instanceType} for endpoint usage`,
        count: serving.maxInstanceCount ?? serving.instanceCount,
        instead: 'choose another serving.instanceType or serving.profile',
      };
}

/** Not everybody has batches, so that it fails nothing. */
function batchNote({ batch }: Configuration, quotas: Quotas): Finding[] {
  const need = {
    quotaName: `${batch.instanceType} for processing job usage`,
    count: batch.instanceCount,
    instead: 'choose another batch.instanceType',
  };
  const { subject, sentence } = quotas.finding('batch quota', need);
  return quotas.allow(need) ? [] : [{ subject, verdict: 'note', sentence: `a batch would fail: ${sentence}` }];
}

/** For the time of an update, the new instances run beside the old. */
function secondFleet(serving: Serving, quotas: Quotas): Finding[] {
  const need = servingNeed(serving);
  const both = { ...need, count: 2 * need.count };
  return serving.profile === 'serverless' || !quotas.allow(need) || quotas.allow(both)
    ? []
    : [
        {
          subject: 'serving quota',
          verdict: 'note',
          sentence: `the first model can be served, but another replaces it only where "${need.quotaName}" is ${both.count}.`,
        },
      ];
}
