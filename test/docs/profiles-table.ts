import { pricePerHour } from '../../lambda/shared/prices';
import { SERVING_PROFILES } from '../../lambda/shared/serving-settings';
import { parseConfiguration } from '../../lib/configuration/configuration';
import { table } from '../../local/aws/readme';

const REGION = 'us-east-1';
/** As AWS counts a month. */
const HOURS_PER_MONTH = 730;

/** What each serving profile costs and needs, as it is configured by default. */
export function profilesTable(): string {
  return table(
    [
      '`serving.profile`',
      'serves on',
      `USD an hour, ${REGION}`,
      'USD a month',
      'quota of SageMaker, which must be at least',
    ],
    SERVING_PROFILES.map((profile) => {
      const { serving } = parseConfiguration({ serving: { profile } });
      if (serving.profile === 'serverless') {
        const { memorySizeInMb, maxConcurrency } = serving;
        return [
          `\`${profile}\``,
          `containers of ${memorySizeInMb} MB, none while nobody asks`,
          'by the millisecond of use',
          '0 while nobody asks',
          `Maximum total concurrency … across all serverless endpoints: ${maxConcurrency}`,
        ];
      }
      const price = pricePerHour(serving.instanceType, REGION, {}) ?? NaN;
      const needed = `${serving.instanceType} for endpoint usage: 1, and 2 for an update by blue/green`;
      return [
        `\`${profile}\``,
        serving.profile === 'elastic-inference'
          ? `\`${serving.instanceType}\`, with ${serving.accelerator} where AWS grants it`
          : `\`${serving.instanceType}\``,
        price.toFixed(3),
        (price * HOURS_PER_MONTH).toFixed(0),
        needed,
      ];
    }),
  );
}
