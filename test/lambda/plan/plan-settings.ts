import type { ModelConfig } from '../../../lambda/plan/base-model';
import type { PlanSettings } from '../../../lambda/plan/plan';

/** As config.json says it. */
export const BERT: ModelConfig = {
  model_type: 'bert',
  architectures: ['BertForMaskedLM'],
  is_encoder_decoder: false,
  is_decoder: false,
  vocab_size: 30_522,
  max_position_embeddings: 512,
};

const DEFAULTS = JSON.stringify({
  dataset: {
    source: 's3://data/sentences.csv',
    testSource: 's3://data/test.csv',
    testFraction: 0.25,
    rareLabels: 'refuse',
    limits: { emptyRows: 0.01, conflictingRows: 0.1, truncatedTokens: 0.5, largestLabel: 0.99 },
  },
  training: {
    baseModel: 'bert-base-uncased',
    epochs: 3,
    batchSize: 32,
    learningRate: 2e-5,
    maxLength: 64,
    overflow: 'truncate',
    warmupRatio: 0.1,
    weightDecay: 0.01,
    seed: 42,
    patience: 4,
    classWeights: 'none',
    labelSmoothing: 0,
    instanceType: 'ml.g5.xlarge',
    instanceCount: 1,
    instancePrices: {},
    maxRuntimeInSeconds: 14_400,
    candidates: [],
    maxConcurrency: 2,
  },
  gate: { metric: 'matthews_correlation', minimum: 0.25 },
  report: { mistakes: 'rows' },
  serving: { accelerator: 'none' },
});

/** `defaults` have no accelerator; a job trains for at most 4 hours on an ml.g5.xlarge, at 1.408 USD an hour. */
export const SETTINGS: PlanSettings = {
  defaults: DEFAULTS,
  serving: { profile: 'elastic-inference', untraceableModel: 'cpu', memorySizeInMb: null, python: 'cp312' },
  readModelConfig: () => Promise.resolve(BERT),
  lastModel: () =>
    Promise.resolve({
      modelDataUrl: 's3://artifacts-bucket/models/last/model.tar.gz',
      serving: { accelerator: 'none', modelDataUrl: 's3://artifacts-bucket/models/last/model.tar.gz', reason: null },
    }),
  refuseSecondExecution: () => Promise.resolve(),
  isInService: () => Promise.resolve(false),
  dataBucket: 'data-bucket',
  artifactsBucket: 'artifacts-bucket',
  sourceUri: 's3://code/sourcedir.tar.gz',
  region: 'us-east-1',
};
