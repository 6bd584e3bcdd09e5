import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { AnotherExecutionRunning, InvalidInput } from '../../../lambda/shared/step-errors';
import { handler } from '../../../lambda/plan/index';
import { makePlan } from '../../../lambda/plan/plan';
import { BERT, SETTINGS } from './plan-settings';

test('an empty input is the whole job with the configured defaults', async () => {
  await expect(makePlan({}, 'run-1', SETTINGS)).resolves.toEqual({
    action: 'train',
    dataset: {
      source: 's3://data/sentences.csv',
      testSource: 's3://data/test.csv',
      ...{ textColumn: null, pairColumn: null, labelColumn: null, labelSeparator: null },
      testFraction: 0.25,
      rareLabels: 'refuse',
      limits: { emptyRows: 0.01, conflictingRows: 0.1, truncatedTokens: 0.5, largestLabel: 0.99 },
      maxLength: 64,
      inWindows: false,
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
        metric: 'matthews_correlation',
        patience: '4',
        class_weights: 'none',
        label_smoothing: '0',
        mistakes: 'rows',
        overflow: 'truncate',
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
      instancePrice: 1.408,
      maxRuntimeInSeconds: 14_400,
      checkpointUri: 's3://data-bucket/datasets/run-1/checkpoints/0',
      candidates: [],
      maxConcurrency: 2,
    },
    gate: { metric: 'matthews_correlation', minimum: 0.25, waived: false },
    serving: { profile: 'elastic-inference', accelerator: 'none', reason: null },
    modelDataUrl: null,
    tracedModelDataUrl: null,
    keepDown: false,
  });
});

test('each field of the input replaces one default and leaves its neighbors', async () => {
  const plan = await makePlan(
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
  expect(plan.gate).toEqual({ metric: 'accuracy', minimum: 0.25, waived: false });
  expect(plan.serving).toEqual({ profile: 'elastic-inference', accelerator: 'ml.eia2.xlarge', reason: null });
});

test('a job learns as the execution asks, and chooses its weights by the metric of the gate', async () => {
  const input = {
    training: { classWeights: 'balanced', labelSmoothing: 0.1, patience: 7 },
    gate: { metric: 'accuracy' },
  };
  const { training } = await makePlan(input, 'run-2', SETTINGS);
  expect(training.hyperParameters).toMatchObject({
    ...{ class_weights: 'balanced', label_smoothing: '0.1', patience: '7' },
    metric: 'accuracy',
  });
});

test.each([
  ['truncate', 64],
  // Nothing is lost of a long text, so that a dataset of such is none to refuse.
  ['window', null],
  ['error', null],
] as const)(
  'of overflow %s the dataset is judged by texts that are cut after %s tokens',
  async (overflow, maxLength) => {
    const { dataset, training } = await makePlan({ training: { overflow } }, 'run-2', SETTINGS);
    expect(dataset.maxLength).toBe(maxLength);
    expect(training.hyperParameters).toMatchObject({ overflow, max_length: '64' });
  },
);

describe('pairs of texts', () => {
  const PAIRS = { pairColumn: 'text_pair' };
  const WINDOW = { overflow: 'window' } as const;

  test.each([
    ['training', WINDOW],
    ['training.candidates[1]', { candidates: [{}, WINDOW] }],
    ['training.candidates[0]', { ...WINDOW, candidates: [{ seed: 1 }, { overflow: 'error' }] }],
  ])('are not read in windows, as %s would', async (section, training) => {
    const plan = makePlan({ dataset: PAIRS, training }, 'run-2', SETTINGS);
    await expect(plan).rejects.toThrow(InvalidInput);
    await expect(plan).rejects.toThrow(
      `${section}.overflow cannot be window, for dataset.pairColumn makes pairs of the texts, which are not read in windows; ` +
        'choose truncate or error, or leave dataset.pairColumn out',
    );
    // Where it is not named here, the data may still have such a column.
    expect((await makePlan({ training }, 'run-2', SETTINGS)).dataset.inWindows).toBe(true);
  });

  test('matter only where they are trained on', async () => {
    const taken = { ...WINDOW, candidates: [{ overflow: 'truncate' }, { overflow: 'error' }] };
    await expect(makePlan({ dataset: PAIRS, training: taken }, 'run-2', SETTINGS)).resolves.toMatchObject({
      dataset: { pairColumn: 'text_pair', inWindows: false },
    });
    const configured = JSON.parse(SETTINGS.defaults) as { dataset: object; training: object };
    const defaults = JSON.stringify({
      ...configured,
      dataset: { ...configured.dataset, ...PAIRS },
      training: { ...configured.training, ...WINDOW },
    });
    await expect(makePlan({}, 'run-2', { ...SETTINGS, defaults })).rejects.toThrow(
      'training.overflow cannot be window',
    );
    const modelDataUrl = 's3://elsewhere/model.tar.gz';
    await expect(makePlan({ modelDataUrl }, 'run-2', { ...SETTINGS, defaults })).resolves.toMatchObject({
      action: 'deploy',
    });
  });
});

describe('a dataset', () => {
  test('of its own has no test split but its own', async () => {
    const source = 's3://mine/train.csv';
    const plan = (dataset: object) => makePlan({ dataset }, 'run-2', SETTINGS);
    expect((await plan({ source })).dataset).toMatchObject({ source, testSource: null });
    expect((await plan({ source, testSource: source })).dataset).toMatchObject({ source, testSource: source });
    expect((await plan({ textColumn: 'body' })).dataset).toMatchObject({ testSource: 's3://data/test.csv' });
  });

  test('in S3 may have blanks in its name, which a URL of the web may not', async () => {
    const plan = (source: string) => makePlan({ dataset: { source } }, 'run-2', SETTINGS);
    expect((await plan('s3://mine/my data/日本 1.csv')).dataset.source).toBe('s3://mine/my data/日本 1.csv');
    for (const source of ['https://a.b/my data.csv', 's3://mine/my data.csv ', 's3://mine/a\nb.csv']) {
      await expect(plan(source)).rejects.toThrow('dataset.source must be');
    }
  });

  test('has columns by name or number, and keeps the limits that are not set', async () => {
    const input = {
      dataset: { textColumn: 1, pairColumn: '2', labelColumn: 'x y', labelSeparator: ' ', limits: { emptyRows: 1 } },
    };
    expect((await makePlan(input, 'run-2', SETTINGS)).dataset).toMatchObject({
      ...{ textColumn: '1', pairColumn: '2', labelColumn: 'x y', labelSeparator: ' ' },
      limits: { emptyRows: 1, conflictingRows: 0.1, truncatedTokens: 0.5, largestLabel: 0.99 },
    });
  });
});

describe('what an execution does', () => {
  const LAST = 's3://artifacts-bucket/models/last/model.tar.gz';
  const GIVEN = 's3://elsewhere/model.tar.gz';
  const FINISHED = { baseModel: 's3://models/finished', epochs: 0 };
  const OWN = { source: 's3://data/own.csv' };

  test.each([
    { input: {}, action: 'train', modelDataUrl: null, waived: false },
    { input: { gate: { waived: true } }, action: 'train', modelDataUrl: null, waived: true },
    { input: { modelDataUrl: GIVEN }, action: 'deploy', modelDataUrl: GIVEN, waived: false },
    { input: { modelDataUrl: GIVEN, gate: { waived: true } }, action: 'deploy', modelDataUrl: GIVEN, waived: true },
    // A finished classifier: measured where there is data of its own, and else exported only.
    { input: { training: FINISHED, dataset: OWN }, action: 'train', modelDataUrl: null, waived: false },
    { input: { training: FINISHED }, action: 'export', modelDataUrl: null, waived: false },
    { input: { endpoint: 'take-down' }, action: 'take-down', modelDataUrl: null, waived: false },
    // It passed the gate when it was deployed, or the gate was waived for it.
    { input: { endpoint: 'bring-back' }, action: 'deploy', modelDataUrl: LAST, waived: true },
  ])('$input is to $action $modelDataUrl', async ({ input, action, modelDataUrl, waived }) => {
    const plan = await makePlan(input, 'run-3', SETTINGS);
    expect(plan).toMatchObject({
      action,
      modelDataUrl,
      gate: { metric: 'matthews_correlation', minimum: 0.25, waived },
    });
    // Later states read every field, whatever the action.
    expect(Object.keys(plan)).toEqual(Object.keys(await makePlan({}, 'run-4', SETTINGS)));
  });

  test.each([
    ['none', 'AWS refused it', null],
    ['ml.eia2.medium', null, 's3://artifacts-bucket/models/traced/model.tar.gz'],
  ] as const)('a model that was served by %s is brought back as it was', async (accelerator, reason, traced) => {
    const lastModel = () =>
      Promise.resolve({ modelDataUrl: LAST, serving: { accelerator, reason, modelDataUrl: traced ?? LAST } });
    const input = { endpoint: 'bring-back' };
    expect(await makePlan(input, 'run-3', { ...SETTINGS, lastModel })).toMatchObject({
      modelDataUrl: LAST,
      tracedModelDataUrl: traced,
      serving: { profile: 'elastic-inference', accelerator, reason },
    });
    // The profile was changed in between.
    const serving = { ...SETTINGS.serving, profile: 'gpu', untraceableModel: null } as const;
    expect(await makePlan(input, 'run-3', { ...SETTINGS, lastModel, serving })).toMatchObject({
      serving: { profile: 'gpu', accelerator: 'none', reason: null },
    });
  });

  test('a finished classifier without data has no channel but its own, and lies in S3', async () => {
    const { training } = await makePlan({ training: FINISHED }, 'run-3', SETTINGS);
    expect(training.inputDataConfig).toEqual([channel('base_model', 's3://models/finished/')]);
    expect(training.hyperParameters).toMatchObject({ epochs: '0' });
    const ofTheHub = makePlan({ training: { epochs: 0 } }, 'run-3', SETTINGS);
    await expect(ofTheHub).rejects.toThrow(InvalidInput);
    await expect(ofTheHub).rejects.toThrow('training.baseModel must be the s3:// URL of its folder, or dataset.source');
  });

  test('a model is brought back as the execution asks', async () => {
    const input = { endpoint: 'bring-back', serving: { accelerator: 'ml.eia1.medium' } };
    const { serving } = await makePlan(input, 'run-3', SETTINGS);
    expect(serving).toEqual({ profile: 'elastic-inference', accelerator: 'ml.eia1.medium', reason: null });
  });

  test('nothing can be brought back where nothing was in service', async () => {
    const lastModel = () => Promise.resolve(undefined);
    await expect(makePlan({ endpoint: 'bring-back' }, 'run-3', { ...SETTINGS, lastModel })).rejects.toThrow(
      'no model was ever in service',
    );
  });
});

test('refuses a base model that writes text', async () => {
  const plan = makePlan({}, 'run-5', {
    ...SETTINGS,
    readModelConfig: () => Promise.resolve({ ...BERT, model_type: 'gpt2', architectures: ['GPT2LMHeadModel'] }),
  });
  await expect(plan).rejects.toThrow(InvalidInput);
  await expect(plan).rejects.toThrow('training.baseModel is no encoder of texts: a model of type gpt2 writes text;');
});

describe('an accelerator', () => {
  const ASKED = { serving: { accelerator: 'ml.eia2.large' } };

  test.each<[type: string | undefined, untraceableModel: 'cpu' | 'refuse', serving: object | string]>([
    ['bert', 'cpu', { accelerator: 'ml.eia2.large', reason: null }],
    ['bert', 'refuse', { accelerator: 'ml.eia2.large', reason: null }],
    // Training tells better what is wrong with a model that cannot be seen from here.
    [undefined, 'cpu', { accelerator: 'ml.eia2.large', reason: null }],
    [undefined, 'refuse', { accelerator: 'ml.eia2.large', reason: null }],
    [
      'distilbert',
      'cpu',
      {
        accelerator: 'none',
        reason: 'a model of type distilbert cannot be traced for Elastic Inference, only bert',
      },
    ],
    [
      'distilbert',
      'refuse',
      'training.baseModel is not accepted: a model of type distilbert cannot be traced for Elastic Inference, only bert; ' +
        'choose such a base model, or set serving.accelerator to "none"',
    ],
  ])(
    'for a base model of type %s, where untraceable ones are for %s, is planned as %j',
    async (type, cure, expected) => {
      const plan = makePlan(ASKED, 'run-5', {
        ...SETTINGS,
        serving: { ...SETTINGS.serving, untraceableModel: cure },
        readModelConfig: () => Promise.resolve(type === undefined ? undefined : { ...BERT, model_type: type }),
      });
      if (typeof expected === 'string') {
        await expect(plan).rejects.toThrow(InvalidInput);
        await expect(plan).rejects.toThrow(expected);
      } else {
        expect((await plan).serving).toEqual({ profile: 'elastic-inference', ...expected });
      }
    },
  );

  test.each([
    ['cpu', { accelerator: 'none', reason: 'a model of pairs of texts cannot be traced for Elastic Inference' }],
    [
      'refuse',
      'dataset.pairColumn is not accepted: a model of pairs of texts cannot be traced for Elastic Inference; leave it ' +
        'out, or set serving.accelerator to "none"',
    ],
  ] as const)('for pairs, where untraceable models are for %s, is planned as %j', async (cure, expected) => {
    const settings = { ...SETTINGS, serving: { ...SETTINGS.serving, untraceableModel: cure } };
    const pairs = { ...ASKED, dataset: { pairColumn: 'text_pair' } };
    const plan = makePlan(pairs, 'run-5', settings);
    if (typeof expected === 'string') {
      await expect(plan).rejects.toThrow(expected);
    } else {
      expect((await plan).serving).toEqual({ profile: 'elastic-inference', ...expected });
    }
  });

  test.each([
    ['a model is trained for it', ASKED, ['bert-base-uncased']],
    ['another base model is', { ...ASKED, training: { baseModel: 's3://models/mine' } }, ['s3://models/mine']],
    ['no accelerator is', {}, ['bert-base-uncased']],
    ['the artifact itself will tell', { ...ASKED, modelDataUrl: 's3://elsewhere/model.tar.gz' }, []],
    ['the endpoint is taken down', { ...ASKED, endpoint: 'take-down' }, []],
  ])('looks at the base model only where that decides: %s', async (_, input, looked) => {
    const readModelConfig = jest.fn().mockResolvedValue(BERT);
    await makePlan(input, 'run-5', { ...SETTINGS, readModelConfig });
    expect(readModelConfig.mock.calls.flat()).toEqual(looked);
  });

  test.each(['cpu', 'gpu', 'serverless'] as const)('is refused where %s serves', async (profile) => {
    const settings = { ...SETTINGS, serving: { profile, untraceableModel: null, memorySizeInMb: null, python: null } };
    await expect(makePlan(ASKED, 'run-5', settings)).rejects.toThrow(
      `serving.accelerator cannot be "ml.eia2.large", for the configured serving.profile is ${profile}; it goes with ` +
        'elastic-inference only',
    );
    const { serving } = await makePlan({ serving: { accelerator: 'none' } }, 'run-5', settings);
    expect(serving).toEqual({ profile, accelerator: 'none', reason: null });
  });
});

test.each(['s3://models/bert', 's3://models/bert/'])(
  'a base model in S3 (%s) is a channel and no hyperparameter',
  async (baseModel) => {
    const { training } = await makePlan({ training: { baseModel } }, 'run-5', SETTINGS);

    expect(training.inputDataConfig[2]).toEqual(channel('base_model', 's3://models/bert/'));
    expect(training.hyperParameters).not.toHaveProperty('base_model');
  },
);

test('every hyperparameter is a string', async () => {
  const { hyperParameters } = (await makePlan({}, 'run-6', SETTINGS)).training;
  expect(Object.values(hyperParameters).every((value) => typeof value === 'string')).toBe(true);
});

test.each([
  ['an unknown field', { datset: {} }, 'datset is not a known field'],
  ['an unknown nested field', { training: { epoch: 2 } }, 'training.epoch is not a known field'],
  [
    'a string for a number',
    { training: { epochs: '3' } },
    'training.epochs must be a whole number from 0 to 100, not "3"',
  ],
  ['a fraction of an epoch', { training: { epochs: 1.5 } }, 'training.epochs must be a whole number'],
  ['null', { training: { seed: null } }, 'training.seed must be a whole number'],
  ['a list for an object', { training: ['epochs'] }, 'training must be an object, not ["epochs"]'],
  ['a string for the whole', 'go', 'execution input must be an object, not "go"'],
  ['an unknown instance type', { training: { instanceType: 'g5' } }, 'training.instanceType must be'],
  ['a Graviton', { training: { instanceType: 'ml.c7g.xlarge' } }, 'must not be an instance with Graviton'],
  ['an instance without support', { training: { instanceType: 'ml.p3.2xlarge' } }, 'training.instanceType must not be'],
  ['a shell command', { training: { baseModel: 'bert; echo hello' } }, 'training.baseModel must be'],
  ['a substitution', { training: { baseModel: '$(id)' } }, 'training.baseModel must be'],
  ['a flag', { training: { baseModel: '--help' } }, 'training.baseModel must be'],
  ['shell characters in S3', { training: { baseModel: 's3://bucket/a`id`' } }, 'training.baseModel must be'],
  [
    'a column by the number 0',
    { dataset: { textColumn: 0 } },
    'dataset.textColumn must be a whole number from 1 to 10000, not 0',
  ],
  [
    'a limit that is no share',
    { dataset: { limits: { emptyRows: 5 } } },
    'dataset.limits.emptyRows must be a number from 0 to 1, not 5',
  ],
  ['an unknown limit', { dataset: { limits: { rows: 1 } } }, 'dataset.limits.rows is not a known field'],
  [
    'an unknown cure',
    { dataset: { rareLabels: 'keep' } },
    'dataset.rareLabels must be refuse, drop or train-only, not "keep"',
  ],
  ['a metric that does not exist', { gate: { metric: 'f1' } }, 'gate.metric must be one of'],
  ['an artifact that is no tar.gz', { modelDataUrl: 's3://b/model.zip' }, 'modelDataUrl must be'],
  ['an artifact outside S3', { modelDataUrl: 'https://b/model.tar.gz' }, 'modelDataUrl must be'],
  ['a gate that is half open', { gate: { waived: 'yes' } }, 'gate.waived must be true or false, not "yes"'],
  ['an endpoint that does neither', { endpoint: 'off' }, 'endpoint must be take-down or bring-back, not "off"'],
  [
    'an accelerator that never was',
    { serving: { accelerator: 'ml.eia3.large' } },
    'serving.accelerator must be one of ml.eia1.medium, ml.eia1.large, ml.eia1.xlarge, ml.eia2.medium, ml.eia2.large, ' +
      'ml.eia2.xlarge, none, not "ml.eia3.large"',
  ],
  [
    'two things at once',
    { endpoint: 'take-down', modelDataUrl: 's3://elsewhere/model.tar.gz' },
    'endpoint goes with no modelDataUrl, for it trains nothing and deploys no other model; leave one of them out',
  ],
  [
    'an endpoint that shall be trained',
    { endpoint: 'bring-back', training: { epochs: 1 }, gate: { waived: true } },
    'endpoint goes with no training and no gate',
  ],
  ['a source without an end', { dataset: { source: `https://a.b/${'x'.repeat(4096)}` } }, 'at most 4096 characters'],
  ['a column without an end', { dataset: { textColumn: 'x'.repeat(201) } }, 'dataset.textColumn must have at most 200'],
  ['a model without an end', { training: { baseModel: `a/${'b'.repeat(1024)}` } }, 'must have at most 1024 characters'],
  ['an artifact without an end', { modelDataUrl: `s3://abc/${'x'.repeat(1024)}.tar.gz` }, 'must have at most 1024'],
  ['plain http', { dataset: { source: 'http://example.com/a.csv' } }, 'dataset.source must be'],
])('refuses %s', async (_, input, message) => {
  const plan = makePlan(input, 'run-7', SETTINGS);
  await expect(plan).rejects.toThrow(InvalidInput);
  await expect(plan).rejects.toThrow(message);
});

test('names every bad field at once', async () => {
  const plan = makePlan({ training: { epochs: -1, batchSize: 0 } }, 'run-8', SETTINGS);
  await expect(plan).rejects.toThrow(/training\.epochs .*; training\.batchSize /);
});

test('tells of a bad input no more than a person reads', async () => {
  const input = { ['x'.repeat(50_000)]: 1, gate: { minimum: 'y'.repeat(50_000) } };
  const error: unknown = await makePlan(input, 'run-8', SETTINGS).catch((thrown: unknown) => thrown);
  expect(String(error).length).toBeLessThan(1000);
});

test('incomplete defaults are told as what they are', async () => {
  const defaults = SETTINGS.defaults.replace(/"gate":\{.*?\}/, '"gate":{}');
  await expect(makePlan({}, 'run-9', { ...SETTINGS, defaults })).rejects.toThrow(
    'invalid configured defaults: gate.metric is missing; gate.minimum is missing',
  );
});

describe('an endpoint that is up at the start', () => {
  const settings = { ...SETTINGS, isInService: () => Promise.resolve(true) };

  test.each([
    ['training keeps an endpoint down that is taken down meanwhile', {}, true],
    ['unless the input says otherwise', { serving: { evenIfTakenDown: true } }, false],
    ['a model to deploy is deployed', { modelDataUrl: 's3://bucket/model.tar.gz' }, false],
    ['what is brought back is', { endpoint: 'bring-back' }, false],
  ])('%s', async (_, input, keepDown) => {
    await expect(makePlan(input, 'run-1', settings)).resolves.toMatchObject({ keepDown });
  });

  test('is not kept down where there was none', async () => {
    await expect(makePlan({}, 'run-1', SETTINGS)).resolves.toMatchObject({ keepDown: false });
  });
});

describe('another execution that trains or deploys', () => {
  const settings = { ...SETTINGS, refuseSecondExecution: () => Promise.reject(new AnotherExecutionRunning('run-0')) };

  test.each([[{}], [{ modelDataUrl: 's3://bucket/model.tar.gz' }]])('refuses %j', async (input) => {
    await expect(makePlan(input, 'run-1', settings)).rejects.toThrow(AnotherExecutionRunning);
  });

  test.each([
    ['take-down', true],
    ['take-down', false],
    ['bring-back', false],
  ])('does not stand in the way of %s (an endpoint is up: %s)', async (endpoint, isUp) => {
    const withEndpoint = { ...settings, isInService: () => Promise.resolve(isUp) };
    await expect(makePlan({ endpoint }, 'run-1', withEndpoint)).resolves.toBeDefined();
  });

  test('refuses to bring back what is up, which it may have deployed', async () => {
    const withEndpoint = { ...settings, isInService: () => Promise.resolve(true) };
    await expect(makePlan({ endpoint: 'bring-back' }, 'run-1', withEndpoint)).rejects.toThrow(AnotherExecutionRunning);
  });

  test('is told only to whose input is sound', async () => {
    await expect(makePlan({ a: 1 }, 'run-1', settings)).rejects.toThrow(InvalidInput);
  });
});

test('the handler returns a promise of the plan', async () => {
  mockClient(SFNClient).on(ListExecutionsCommand).resolves({ executions: [] });
  mockClient(CloudFormationClient)
    .on(DescribeStacksCommand, { StackName: 'cola-dev-serving' })
    .resolves({
      Stacks: [
        {
          StackName: 'cola-dev-serving',
          CreationTime: new Date(),
          StackStatus: 'CREATE_COMPLETE',
          Parameters: [{ ParameterKey: 'ModelDataUrl', ParameterValue: 's3://b/model.tar.gz' }],
        },
      ],
    });
  const { defaults } = SETTINGS;
  const event = { defaults, executionName: 'run-1', executionArn: 'arn:run-1', startTime: '2026-01-01T00:00:00.000Z' };
  const hub = jest.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(Response.json(BERT)));
  const plan = await makePlan({}, 'run-1', SETTINGS);
  await expect(handler({ ...event, input: {} })).resolves.toEqual({ ...plan, keepDown: true });
  await expect(handler({ ...event, input: { a: 1 } })).rejects.toMatchObject({ name: 'InvalidInput' });
  hub.mockRestore();
});

function channel(name: string, uri: string): object {
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' },
    },
  };
}
