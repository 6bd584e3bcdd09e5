import { S3Client } from '@aws-sdk/client-s3';
import type { CutCounts, PlannedBatch, PricedBatch } from '../shared/batch';
import { readEnvironment } from '../shared/environment';
import { priceBatch } from './price';

const { AWS_REGION } = readEnvironment('AWS_REGION');
const s3 = new S3Client();

/** The batch state machine's step that says what the job will take and cost, before it starts. */
export async function handler(event: {
  readonly run: PlannedBatch;
  /** Of each input file. */
  readonly cut: readonly CutCounts[];
  /** USD per hour by type of instance, as far as they are configured. */
  readonly instancePrices: Readonly<Record<string, number>>;
}): Promise<PricedBatch> {
  return priceBatch(event.run, event.cut, {
    region: AWS_REGION,
    instancePrices: event.instancePrices,
    s3,
  });
}
