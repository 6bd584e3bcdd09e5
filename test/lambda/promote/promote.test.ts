import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { makePlan } from '../../../lambda/plan/plan';
import type { PreparedDataset } from '../../../lambda/prepare-dataset/prepare';
import { handler } from '../../../lambda/promote/index';
import type { Outcome } from '../../../lambda/promote/record';
import type { Serving } from '../../../lambda/shared/serving-settings';

const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:cola-dev:run-1';
const METRICS = {
  loss: 0.4,
  accuracy: 0.8,
  matthews_correlation: 0.5,
  macro_f1: 0.7,
  majority_class_accuracy: 0.7,
  rows: 200,
};
const MODEL = 's3://artifacts-bucket/models/abc/model.tar.gz';
const TRACED = 's3://artifacts-bucket/models/def/model.tar.gz';

const s3 = mockClient(S3Client);
beforeEach(() => {
  s3.reset();
});

async function outcome(serving: Serving): Promise<Outcome> {
  return {
    plan: await makePlan({}, 'run-1', {
      defaults: process.env.DEFAULTS ?? '',
      serving: { profile: 'elastic-inference', untraceableModel: 'cpu', memorySizeInMb: null },
      dataBucket: 'data-bucket',
      artifactsBucket: 'artifacts-bucket',
      sourceUri: 's3://code/sourcedir.tar.gz',
      region: 'us-east-1',
      baseModelType: () => Promise.resolve('bert'),
      lastModel: () => Promise.resolve(MODEL),
    }),
    model: {
      modelDataUrl: MODEL,
      sha256: 'abc',
      format: 'safetensors',
      weightsBytes: 438_000_000,
      modelType: 'bert',
      metrics: METRICS,
      labels: ['bad', 'good'],
      accelerator: 'ml.eia2.xlarge',
      reason: null,
    },
    serving,
    smokeTest: { endpointName: 'cola-dev', endpointConfigName: 'config-2', milliseconds: 80 },
  };
}

const ACCELERATED: Serving = {
  profile: 'elastic-inference',
  accelerator: 'ml.eia2.xlarge',
  modelDataUrl: TRACED,
  endpointConfigName: 'accelerated-config',
  reason: null,
};
const REFUSED: Serving = {
  profile: 'cpu',
  accelerator: 'none',
  modelDataUrl: MODEL,
  endpointConfigName: '',
  reason: 'AWS refused the accelerator ml.eia2.xlarge: it is no longer available',
};

test('records what is in service, and returns the part that people look for', async () => {
  const ended = await outcome(ACCELERATED);
  const output = await handler({ outcome: ended, executionArn: EXECUTION });

  expect(output).toEqual({
    endpointName: 'cola-dev',
    // The one that was traced: deployed again, it is traced again, for whatever serves then.
    modelDataUrl: MODEL,
    serving: { profile: 'elastic-inference', accelerator: 'ml.eia2.xlarge', modelDataUrl: TRACED, reason: null },
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
    plan: ended.plan,
    smokeTest: ended.smokeTest,
    dataset: null,
  });
});

test('says why there is no accelerator', async () => {
  const { serving } = await handler({ outcome: await outcome(REFUSED), executionArn: EXECUTION });
  expect(serving).toEqual({
    profile: 'cpu',
    accelerator: 'none',
    modelDataUrl: MODEL,
    reason: 'AWS refused the accelerator ml.eia2.xlarge: it is no longer available',
  });
});

test('records what was trained on', async () => {
  const dataset = { rows: 8 } as unknown as PreparedDataset;
  await handler({ outcome: { ...(await outcome(REFUSED)), dataset }, executionArn: EXECUTION });
  const [call] = s3.commandCalls(PutObjectCommand);
  expect(JSON.parse(call?.args[0].input.Body as string)).toMatchObject({ dataset });
});
