import '../handler-environment';
import { InvalidInput } from '../../../lambda/errors';
import { handler } from '../../../lambda/plan/index';
import { makePlan, type PlanSettings } from '../../../lambda/plan/plan';

const SETTINGS: PlanSettings = {
  defaults: process.env.DEFAULTS ?? '',
  dataBucket: 'data-bucket',
  artifactsBucket: 'artifacts-bucket',
  sourceUri: 's3://code/sourcedir.tar.gz',
  region: 'us-east-1',
};

test('an empty input is the whole job with the configured defaults', () => {
  expect(makePlan({}, 'run-1', SETTINGS)).toEqual({
    trains: true,
    dataset: {
      source: 's3://data/sentences.csv',
      textColumn: null,
      labelColumn: null,
      testFraction: 0.25,
      outputUri: 's3://data-bucket/datasets/run-1',
    },
    training: {
      hyperParameters: {
        base_model: 'bert-base-uncased',
        epochs: '3',
        batch_size: '32',
        learning_rate: '0.00002',
        max_length: '64',
        warmup_ratio: '0.1',
        weight_decay: '0.01',
        seed: '42',
        sagemaker_program: 'train.py',
        sagemaker_submit_directory: 's3://code/sourcedir.tar.gz',
        sagemaker_torch_distributed_enabled: 'true',
        sagemaker_region: 'us-east-1',
      },
      inputDataConfig: [
        channel('training', 's3://data-bucket/datasets/run-1/training/'),
        channel('testing', 's3://data-bucket/datasets/run-1/testing/'),
      ],
      outputUri: 's3://artifacts-bucket/training',
      instanceType: 'ml.g5.xlarge',
      instanceCount: 1,
    },
    gate: { metric: 'matthews_correlation', minimum: 0.25 },
    serving: { accelerator: 'none' },
    modelDataUrl: null,
  });
});

test('each field of the input replaces one default and leaves its neighbors', () => {
  const plan = makePlan(
    {
      dataset: { source: 'https://example.com/more.tsv', textColumn: 'body' },
      training: { epochs: 1, learningRate: 1e-8 },
      gate: { metric: 'accuracy' },
      serving: { accelerator: 'ml.eia2.xlarge' },
    },
    'run-2',
    SETTINGS,
  );

  expect(plan.dataset).toMatchObject({
    source: 'https://example.com/more.tsv',
    textColumn: 'body',
    labelColumn: null,
    testFraction: 0.25,
  });
  expect(plan.training.hyperParameters).toMatchObject({ epochs: '1', learning_rate: '1e-8', batch_size: '32' });
  expect(plan.gate).toEqual({ metric: 'accuracy', minimum: 0.25 });
  expect(plan.serving).toEqual({ accelerator: 'ml.eia2.xlarge' });
});

test('modelDataUrl skips training, and every field that later states read is still there', () => {
  const plan = makePlan({ modelDataUrl: 's3://elsewhere/model.tar.gz' }, 'run-3', SETTINGS);

  expect(plan.trains).toBe(false);
  expect(plan.modelDataUrl).toBe('s3://elsewhere/model.tar.gz');
  expect(Object.keys(plan)).toEqual(Object.keys(makePlan({}, 'run-4', SETTINGS)));
});

test.each(['s3://models/bert', 's3://models/bert/'])(
  'a base model in S3 (%s) is a channel and no hyperparameter',
  (baseModel) => {
    const { training } = makePlan({ training: { baseModel } }, 'run-5', SETTINGS);

    expect(training.inputDataConfig[2]).toEqual(channel('base_model', 's3://models/bert/'));
    expect(training.hyperParameters).not.toHaveProperty('base_model');
  },
);

test('every hyperparameter is a string', () => {
  const { hyperParameters } = makePlan({}, 'run-6', SETTINGS).training;
  expect(Object.values(hyperParameters).every((value) => typeof value === 'string')).toBe(true);
});

test.each([
  ['an unknown field', { datset: {} }, 'datset is not a known field'],
  ['an unknown nested field', { training: { epoch: 2 } }, 'training.epoch is not a known field'],
  [
    'a string for a number',
    { training: { epochs: '3' } },
    'training.epochs must be a whole number from 1 to 100, not "3"',
  ],
  ['a fraction of an epoch', { training: { epochs: 1.5 } }, 'training.epochs must be a whole number'],
  ['null', { training: { seed: null } }, 'training.seed must be a whole number'],
  ['a list for an object', { training: ['epochs'] }, 'training must be an object, not ["epochs"]'],
  ['a string for the whole', 'go', 'execution input must be an object, not "go"'],
  ['an unknown instance type', { training: { instanceType: 'g5' } }, 'training.instanceType must be'],
  ['an instance without support', { training: { instanceType: 'ml.p3.2xlarge' } }, 'training.instanceType must not be'],
  ['a shell command', { training: { baseModel: 'bert; echo hello' } }, 'training.baseModel must be'],
  ['a substitution', { training: { baseModel: '$(id)' } }, 'training.baseModel must be'],
  ['a flag', { training: { baseModel: '--help' } }, 'training.baseModel must be'],
  ['shell characters in S3', { training: { baseModel: 's3://bucket/a`id`' } }, 'training.baseModel must be'],
  ['a metric that does not exist', { gate: { metric: 'f1' } }, 'gate.metric must be one of'],
  ['an artifact that is no tar.gz', { modelDataUrl: 's3://b/model.zip' }, 'modelDataUrl must be'],
  ['an artifact outside S3', { modelDataUrl: 'https://b/model.tar.gz' }, 'modelDataUrl must be'],
  ['plain http', { dataset: { source: 'http://example.com/a.csv' } }, 'dataset.source must be'],
])('refuses %s', (_, input, message) => {
  const plan = () => makePlan(input, 'run-7', SETTINGS);
  expect(plan).toThrow(InvalidInput);
  expect(plan).toThrow(message);
});

test('names every bad field at once', () => {
  const plan = () => makePlan({ training: { epochs: 0, batchSize: 0 } }, 'run-8', SETTINGS);
  expect(plan).toThrow(/training\.epochs .*; training\.batchSize /);
});

test('incomplete defaults are told as what they are', () => {
  const defaults = SETTINGS.defaults.replace(/"gate":\{.*?\}/, '"gate":{}');
  expect(() => makePlan({}, 'run-9', { ...SETTINGS, defaults })).toThrow(
    'invalid configured defaults: gate.metric is missing; gate.minimum is missing',
  );
});

test('the handler returns a promise of the plan', async () => {
  await expect(handler({ input: {}, executionName: 'run-1' })).resolves.toEqual(makePlan({}, 'run-1', SETTINGS));
  await expect(handler({ input: { a: 1 }, executionName: 'run-1' })).rejects.toMatchObject({ name: 'InvalidInput' });
});

function channel(name: string, uri: string): object {
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' },
    },
  };
}
