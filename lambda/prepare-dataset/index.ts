import { S3Client } from '@aws-sdk/client-s3';
import { readEnvironment } from '../environment';
import type { Plan } from '../plan/plan';
import { prepareDataset, type PreparedDataset } from './prepare';

const { MAX_ZIP_BYTES } = readEnvironment('MAX_ZIP_BYTES');
const s3 = new S3Client();

/** The state machine's step from a file of labeled texts to the channels of a training job. */
export async function handler(event: { readonly dataset: Plan['dataset'] }): Promise<PreparedDataset> {
  return prepareDataset(event.dataset, s3, Number(MAX_ZIP_BYTES));
}
