import '../handler-environment';
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

/** `defaults` have no accelerator; a job trains for at most 4 hours on an ml.g5.xlarge, at 1.408 USD an hour. */
export const SETTINGS: PlanSettings = {
  defaults: process.env.DEFAULTS ?? '',
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
