import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readEnvironment } from '../shared/environment';
import { IN_SERVICE_KEY } from '../shared/in-service';
import { inService, type InService, type Outcome } from './record';

const { ARTIFACTS_BUCKET } = readEnvironment('ARTIFACTS_BUCKET');
const s3 = new S3Client();

/**
 * The state machine's last step: writes down what is in service, and how it came to be, as `in-service.json` in the
 * artifacts bucket.
 */
export async function handler(event: { readonly outcome: Outcome; readonly executionArn: string }): Promise<InService> {
  const { smokeTest, plan, dataset = null } = event.outcome;
  const record = inService(event.outcome, event.executionArn, new Date());
  await s3.send(
    new PutObjectCommand({
      Bucket: ARTIFACTS_BUCKET,
      Key: IN_SERVICE_KEY,
      Body: `${JSON.stringify({ ...record, smokeTest, plan, dataset }, null, 2)}\n`,
      ContentType: 'application/json',
    }),
  );
  return record;
}
