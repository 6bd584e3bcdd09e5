import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { makePlan } from '../../../lambda/plan/plan';
import { handler } from '../../../lambda/promote/index';

const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:cola-dev:run-1';
const METRICS = {
  loss: 0.4,
  accuracy: 0.8,
  matthews_correlation: 0.5,
  macro_f1: 0.7,
  majority_class_accuracy: 0.7,
  rows: 200,
};
const OUTCOME = {
  plan: makePlan({}, 'run-1', {
    defaults: process.env.DEFAULTS ?? '',
    dataBucket: 'data-bucket',
    artifactsBucket: 'artifacts-bucket',
    sourceUri: 's3://code/sourcedir.tar.gz',
    region: 'us-east-1',
  }),
  model: {
    modelDataUrl: 's3://artifacts-bucket/models/abc/model.tar.gz',
    sha256: 'abc',
    metrics: METRICS,
    labels: ['bad', 'good'],
  },
  smokeTest: { endpointName: 'cola-dev', endpointConfigName: 'config-2', milliseconds: 80 },
  executionArn: EXECUTION,
};

test('records what is in service, and returns the part that people look for', async () => {
  const s3 = mockClient(S3Client);
  const output = await handler(OUTCOME);

  expect(output).toEqual({
    endpointName: 'cola-dev',
    modelDataUrl: OUTCOME.model.modelDataUrl,
    metrics: METRICS,
    labels: ['bad', 'good'],
    promotedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    execution: EXECUTION,
  });
  const [call] = s3.commandCalls(PutObjectCommand);
  const { Bucket, Key, Body } = call?.args[0].input ?? {};
  expect({ Bucket, Key }).toEqual({ Bucket: 'artifacts-bucket', Key: 'in-service.json' });
  expect(JSON.parse(Body as string)).toEqual({
    ...output,
    plan: OUTCOME.plan,
    smokeTest: OUTCOME.smokeTest,
    dataset: null,
  });
});
