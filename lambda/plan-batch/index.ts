import { S3Client } from '@aws-sdk/client-s3';
import { readEnvironment } from '../shared/environment';
import type { PlannedBatch } from '../shared/batch';
import { planBatch } from './plan';

const { DATA_BUCKET, ARTIFACTS_BUCKET, DEFAULTS } = readEnvironment('DATA_BUCKET', 'ARTIFACTS_BUCKET', 'DEFAULTS');
const s3 = new S3Client();

/** The batch state machine's first step: checks the input, pins the model, and writes down what is to be done. */
export async function handler(event: { readonly input: unknown }): Promise<PlannedBatch> {
  return planBatch(event.input, {
    dataBucket: DATA_BUCKET,
    artifactsBucket: ARTIFACTS_BUCKET,
    defaults: JSON.parse(DEFAULTS) as Parameters<typeof planBatch>[1]['defaults'],
    s3,
  });
}
