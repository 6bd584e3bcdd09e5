import { makePlan } from '../../../lambda/plan/plan';
import type { Choice } from '../../../lambda/choose-candidate/choose';
import type { AcceptedModel } from '../../../lambda/quality-gate/index';
import type { PreparedDataset } from '../../../lambda/shared/prepared-dataset';
import { TaskError } from '../../../local/aws/step-functions/state-machine';
import { SETTINGS } from '../../lambda/plan/plan-settings';
import { definitionOf } from '../definition';
import { synthesized } from '../synthesized';
import { execute } from './scripted-execution';

/** Step Functions stops an execution whose states carry 256 KiB, past every Catch. */
const MOST_BYTES = 200 * 1024;

const NAME = 'n'.repeat(80);
const LABEL = '語'.repeat(85);
const BUCKET = 'b'.repeat(63);
const URL = `s3://${BUCKET}/${'k'.repeat(1024 - 63 - 6)}`;

const figure = 0.123456789012345;
const candidates = Array.from({ length: 12 }, (_, seed) => ({
  ...{ baseModel: URL, epochs: 100, batchSize: 4096, learningRate: figure, maxLength: 8192, warmupRatio: figure },
  ...{ weightDecay: figure, seed, instanceType: 'ml.g6e12345678.48xlarge', instanceCount: 64 },
  maxRuntimeInSeconds: 14_400,
}));
/** What SageMaker says of the longest failure: the request, and a reason of 1,024 characters. */
const failure = {
  ...candidates[0],
  HyperParameters: 'h'.repeat(4000),
  InputDataConfig: URL.repeat(3),
  FailureReason: 'r'.repeat(1024),
};

// Most labels stay in S3: test/lambda/prepare-dataset and quality-gate show that of a thousand long ones.
it('is far below the limit for the largest input', async () => {
  const plan = await makePlan(
    {
      dataset: {
        source: `https://example.com/${'é'.repeat(4096 - 24)}.csv`,
        testSource: `https://example.com/${'é'.repeat(4096 - 24)}.csv`,
        textColumn: '語'.repeat(200),
        pairColumn: '語'.repeat(200),
        labelColumn: '語'.repeat(200),
        testFraction: 0.123456789012345,
      },
      training: {
        ...{ baseModel: URL, learningRate: 0.000012345678901234, instanceType: 'ml.g6e12345678.48xlarge' },
        candidates,
      },
      serving: { accelerator: 'ml.eia2.xlarge' },
    },
    NAME,
    {
      defaults: SETTINGS.defaults,
      serving: { profile: 'elastic-inference', untraceableModel: 'cpu', memorySizeInMb: null, python: 'cp312' },
      readModelConfig: () => Promise.resolve(undefined),
      lastModel: () => Promise.reject(new Error('none')),
      refuseSecondExecution: () => Promise.resolve(),
      isInService: () => Promise.resolve(true),
      dataBucket: BUCKET,
      artifactsBucket: BUCKET,
      sourceUri: URL,
      region: 'ap-southeast-1',
    },
  );
  const dataset: PreparedDataset = {
    ...{ rows: 1e15, trainRows: 1e15, testRows: 1e15, duplicates: 1e15, conflicts: 1e15, labelCount: 1000 },
    ...{ inTestSplit: 1e15, emptyRows: 1e15, droppedRows: 1e15, nearDuplicates: 1e15, truncatedTexts: 1e15 },
    ...{ truncatedShare: 0.123456789012345, severalLabels: true, hasPairs: true },
    labels: Array.from({ length: 20 }, () => ({ label: LABEL, train: 1e15, test: 1e15, dropped: 1e15 })),
    choices: Array.from({ length: 20 }, () => `text in "${'語'.repeat(100)}"`),
    warnings: Array.from({ length: 20 }, () => '語'.repeat(500)),
    ...{ sha256: 'f'.repeat(64), manifestUri: `s3://${BUCKET}/datasets/${NAME}/manifest.json` },
  };
  const chosen: Choice = {
    modelDataUrl: URL,
    candidates: candidates.map((overrides) => ({
      overrides,
      ...{ score: figure, seconds: 1e15, billableSeconds: 1e15, costUsd: figure },
      ...{ reason: '語'.repeat(300), isChosen: false },
    })),
    costUsd: figure,
  };
  const metrics = {
    ...{ loss: figure, accuracy: figure, matthews_correlation: figure, micro_f1: figure, macro_f1: figure },
    ...{ majority_class_accuracy: figure, rows: 1e15 },
  };
  const model: AcceptedModel = {
    ...{ modelDataUrl: URL, reportUrl: URL },
    formerModel: { modelDataUrl: URL, promotedAt: '2026-11-27T10:00:00.000Z', metrics },
    lastDeployment: { modelDataUrl: URL, endpointConfigName: NAME },
    sha256: 'f'.repeat(64),
    format: 'safetensors',
    weightsBytes: 1e15,
    modelType: 'm'.repeat(100),
    pairs: false,
    inWindows: false,
    metrics,
    fp32: { ...metrics, calibration_error: figure },
    evaluation: {
      labelCount: 1000,
      worstLabels: Array.from({ length: 20 }, () => ({
        label: LABEL,
        ...{ precision: figure, recall: figure, f1: figure, rows: 1e15 },
      })),
      mixUps: Array.from({ length: 5 }, () => ({ label: LABEL, answer: LABEL, rows: 1e15 })),
      confusionMatrix: {
        labels: Array.from({ length: 12 }, () => LABEL),
        rows: Array.from({ length: 12 }, () => Array.from({ length: 12 }, () => 1e15)),
      },
      calibrationError: { served: figure, uncalibrated: figure },
      history: Array.from({ length: 12 }, () => ({
        ...{ step: 1e15, epoch: figure, train_loss: figure, validation_loss: figure, validation_accuracy: figure },
        ...{ validation_matthews_correlation: figure, validation_micro_f1: figure, validation_macro_f1: figure },
      })),
    },
    ...{ hasOnnx: true, isSlow: true },
    runtimes: Array.from({ length: 10 }, () => `cp312-${'r'.repeat(50)}`),
    servingFormat: 'f'.repeat(100),
    warnings: Array.from({ length: 21 }, () => '語'.repeat(500)),
    accelerator: 'ml.eia2.xlarge',
    reason: 'r'.repeat(1000),
  };
  const { names, template } = synthesized();
  const { result, largestBytes } = await execute(definitionOf(template(names.trainingStack)), {
    action: 'train',
    accelerator: 'ml.eia2.xlarge',
    format: 'safetensors',
    answers: {
      Plan: plan,
      PrepareDataset: dataset,
      TrainCandidate: new TaskError('States.TaskFailed', JSON.stringify(failure)),
      ChooseCandidate: chosen,
      QualityGate: model,
    },
  });
  expect(result.status).toBe('SUCCEEDED');
  // It measures: the source alone has so much.
  expect(largestBytes).toBeGreaterThan(8000);
  expect(largestBytes).toBeLessThan(MOST_BYTES);
});
