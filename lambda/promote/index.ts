import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readEnvironment } from '../environment';
import { IN_SERVICE_KEY, inService, type InService, type Outcome } from './record';

const { ARTIFACTS_BUCKET } = readEnvironment('ARTIFACTS_BUCKET');
const s3 = new S3Client();

/**
 * The state machine's last step: writes down what is in service, and how it came to be, as `in-service.json` in the
 * artifacts bucket.
 */
export async function handler(event: Outcome): Promise<InService> {
  const record = inService(event, new Date());
  const origins = { smokeTest: event.smokeTest, plan: event.plan, dataset: event.dataset ?? null };
  await s3.send(
    new PutObjectCommand({
      Bucket: ARTIFACTS_BUCKET,
      Key: IN_SERVICE_KEY,
      Body: `${JSON.stringify({ ...record, ...origins }, null, 2)}\n`,
      ContentType: 'application/json',
    }),
  );
  return record;
}
