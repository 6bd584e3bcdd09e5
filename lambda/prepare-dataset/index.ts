import { S3Client } from '@aws-sdk/client-s3';
import type { Plan } from '../shared/plan';
import type { PreparedDataset } from '../shared/prepared-dataset';
import { prepareDataset } from './prepare';

/** A zip is stored before it is read, and the function's temporary storage has 5 GiB, of which the texts take 2. */
const MAXIMUM_ZIP_BYTES = 2 * 1024 ** 3;

const s3 = new S3Client();

/** The state machine's step from a file of labeled texts to the channels of a training job. */
export async function handler(event: { readonly dataset: Plan['dataset'] }): Promise<PreparedDataset> {
  return prepareDataset(event.dataset, s3, MAXIMUM_ZIP_BYTES);
}
