import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/plan/index';
import { lastModel } from '../../../lambda/shared/last-model';
import { SETTINGS } from '../plan/plan-settings';
import { storedText } from '../stored-text';

const MODEL = 's3://artifacts-bucket/models/abc/model.tar.gz';
const s3 = mockClient(S3Client);

beforeEach(() => {
  s3.reset();
});

test('is what Promote wrote down last', async () => {
  mockClient(CloudFormationClient)
    .on(DescribeStacksCommand)
    .resolves({ Stacks: [{ StackName: 'serving', CreationTime: new Date(), StackStatus: 'UPDATE_COMPLETE' }] });
  const serving = { accelerator: 'ml.eia2.medium', modelDataUrl: 's3://b/traced.tar.gz', reason: null };
  const record = { endpointName: 'cola-dev', modelDataUrl: MODEL, serving };
  s3.on(GetObjectCommand, { Bucket: 'artifacts-bucket', Key: 'in-service.json' }).resolves(
    storedText(JSON.stringify(record)),
  );
  await expect(
    handler({
      input: { endpoint: 'bring-back' },
      defaults: SETTINGS.defaults,
      executionName: 'run-1',
      executionArn: 'arn:run-1',
      startTime: '2026-01-01T00:00:00.000Z',
    }),
  ).resolves.toMatchObject({
    action: 'deploy',
    modelDataUrl: MODEL,
    tracedModelDataUrl: 's3://b/traced.tar.gz',
  });
});

test('is none where no model ever was in service', async () => {
  s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'no', $metadata: {} }));
  await expect(lastModel('artifacts-bucket', new S3Client())).resolves.toBeUndefined();
});

test('is not read out of something else', async () => {
  s3.on(GetObjectCommand).resolves(storedText('{}'));
  await expect(lastModel('artifacts-bucket', new S3Client())).rejects.toThrow('modelDataUrl');
});

test('is no matter of the input where S3 has a fault', async () => {
  s3.on(GetObjectCommand).rejects(Object.assign(new Error('Access Denied'), { name: 'AccessDenied' }));
  await expect(lastModel('artifacts-bucket', new S3Client())).rejects.toMatchObject({ name: 'AccessDenied' });
});
