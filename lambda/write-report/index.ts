import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readEnvironment } from '../shared/environment';
import { readFormerModel } from '../shared/former-model';
import { reportUrl, type WrittenReport } from '../shared/report';
import { parseS3Uri } from '../shared/s3-uri';
import { report, type Training } from './report';
import { readTrainingOutput } from './sources';

const { ARTIFACTS_BUCKET } = readEnvironment('ARTIFACTS_BUCKET');
const s3 = new S3Client();

/** The state machine's step that draws the report of a training, good or bad, and puts it beside the job's model.tar.gz. */
export async function handler(
  event: Pick<Training, 'execution' | 'modelDataUrl' | 'plan' | 'dataset' | 'candidates' | 'job'>,
): Promise<WrittenReport> {
  const output = await readTrainingOutput(event.modelDataUrl, s3);
  const former = await readFormerModel(ARTIFACTS_BUCKET, s3);
  const url = reportUrl(event.modelDataUrl);
  const { bucket, key } = parseS3Uri(url);
  const body = report({ ...event, ...output, former }, new Date());
  await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'text/html; charset=utf-8' }),
  );
  return { url, warnings: [] };
}
