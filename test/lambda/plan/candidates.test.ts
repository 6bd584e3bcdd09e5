import { BERT, SETTINGS } from './plan-settings';
import { makePlan, type PlanSettings } from '../../../lambda/plan/plan';

const CANDIDATES: PlanSettings = {
  ...SETTINGS,
  readModelConfig: (baseModel) => Promise.resolve({ ...BERT, model_type: baseModel.split('-')[0] ?? '' }),
};

const plan = (training: object, others: object = {}, settings: Partial<PlanSettings> = {}) =>
  makePlan({ training, ...others }, 'run-1', { ...CANDIDATES, ...settings });

/** With other defaults of training. */
function defaults(training: object): Partial<PlanSettings> {
  const configured = JSON.parse(SETTINGS.defaults) as { training: object };
  return { defaults: JSON.stringify({ ...configured, training: { ...configured.training, ...training } }) };
}

test('each candidate is the input with its own fields, and keeps its own checkpoints', async () => {
  const { action, training, dataset } = await plan({
    epochs: 2,
    maxConcurrency: 4,
    candidates: [
      {},
      { learningRate: 0.001, baseModel: 's3://models/other', maxLength: 100 },
      { instanceType: 'ml.m5.xlarge', instanceCount: 2, maxRuntimeInSeconds: 600 },
    ],
  });
  expect(action).toBe('train');
  expect(dataset.maxLength).toBe(100);
  expect(training.maxConcurrency).toBe(4);
  expect(training.candidates).toMatchObject([
    {
      overrides: {},
      hyperParameters: { epochs: '2', learning_rate: '0.00002', base_model: 'bert-base-uncased' },
      ...{ instanceType: 'ml.g5.xlarge', instancePrice: 1.408, maxRuntimeInSeconds: 14_400 },
      checkpointUri: 's3://data-bucket/datasets/run-1/checkpoints/0',
    },
    {
      overrides: { learningRate: 0.001, baseModel: 's3://models/other', maxLength: 100 },
      hyperParameters: { epochs: '2', learning_rate: '0.001', max_length: '100' },
      inputDataConfig: [{ ChannelName: 'training' }, { ChannelName: 'testing' }, { ChannelName: 'base_model' }],
      checkpointUri: 's3://data-bucket/datasets/run-1/checkpoints/1',
    },
    { instanceType: 'ml.m5.xlarge', instanceCount: 2, instancePrice: 0.23, maxRuntimeInSeconds: 600 },
  ]);
});

test('the configured candidates are those of an execution that names none', async () => {
  const configured = defaults({ candidates: [{ seed: 1 }, { seed: 2 }] });
  expect((await plan({}, {}, configured)).training.candidates).toHaveLength(2);
  expect((await plan({ candidates: [] }, {}, configured)).training.candidates).toEqual([]);
});

test('the accelerator is planned as soon as one candidate can be traced for it', async () => {
  const serving = { accelerator: 'ml.eia2.xlarge' };
  const both = [{}, { baseModel: 'roberta-base' }];
  expect((await plan({ candidates: both }, { serving })).serving).toMatchObject({ accelerator: 'ml.eia2.xlarge' });
  expect((await plan({ candidates: both.slice(1) }, { serving })).serving).toEqual({
    ...{ profile: 'elastic-inference', accelerator: 'none' },
    reason: 'a model of type roberta cannot be traced for Elastic Inference, only bert',
  });
  const refusing = { serving: { ...CANDIDATES.serving, untraceableModel: 'refuse' } } as const;
  await expect(plan({ candidates: both }, { serving }, refusing)).rejects.toThrow(
    'training.baseModel is not accepted: a model of type roberta',
  );
});

test.each([
  [{ candidates: [{}, {}, { epochz: 3 }] }, 'training.candidates[2].epochz is not a known field; known are baseModel,'],
  [{ candidates: [{ epochs: -1 }] }, 'training.candidates[0].epochs must be a whole number from 0 to 100, not -1'],
  [{ candidates: [{ candidates: [] }] }, 'training.candidates[0].candidates is not a known field'],
  [{ candidates: { seed: 1 } }, 'training.candidates must be a list of objects with fields of training'],
  [{ candidates: Array.from({ length: 13 }, (_, seed) => ({ seed })) }, 'must have at most 12 candidates'],
  [{ maxConcurrency: 13 }, 'training.maxConcurrency must be a whole number from 1 to 12, not 13'],
  [
    { candidates: [{ epochs: 4 }, { seed: 1 }, { epochs: 4, seed: 42 }] },
    'training.candidates[2] trains the same as training.candidates[0]; leave it out, or let it differ',
  ],
  [
    { candidates: [{}, { maxLength: 513 }] },
    'training.candidates[1].maxLength is 513, and its baseModel takes at most 512 tokens',
  ],
  [
    { candidates: [{ maxRuntimeInSeconds: 14_401 }] },
    'training.candidates[0].maxRuntimeInSeconds must be at most the configured 14400, which the state machine waits for, not 14401',
  ],
])('%j is refused', async (training, message) => {
  await expect(plan(training)).rejects.toMatchObject({
    name: 'InvalidInput',
    message: expect.stringContaining(message) as string,
  });
});

test('candidates beside a model that is trained already are refused', async () => {
  await expect(plan({ candidates: [{}] }, { modelDataUrl: 's3://elsewhere/model.tar.gz' })).rejects.toThrow(
    'modelDataUrl trains nothing and goes without training.candidates; leave one of them out',
  );
});

describe('training that may not cost more', () => {
  const candidates = [{ seed: 1 }, { seed: 2 }];

  test('is refused before anything is paid for, with the time that it could afford', async () => {
    // 2 x 1.408 x (4 h + 2 min)
    await expect(plan({ candidates, maxCostUsd: 5 })).rejects.toThrow(
      'training could cost up to 11.36 USD, which is more than training.maxCostUsd (5): 2 job(s) of at most ' +
        'training.maxRuntimeInSeconds; set training.maxRuntimeInSeconds to 6272 or less, or raise maxCostUsd, or leave ' +
        'candidates out',
    );
    await expect(plan({ candidates, maxCostUsd: 5, maxRuntimeInSeconds: 6273 })).rejects.toThrow('5.00 USD');
    await expect(plan({ candidates, maxCostUsd: 5, maxRuntimeInSeconds: 6272 })).resolves.toBeDefined();
  });

  test('says where candidates set a longer time themselves, which the advice would not reach', async () => {
    const own = (maxRuntimeInSeconds: number) =>
      plan({ candidates: [{ seed: 1 }, { maxRuntimeInSeconds }], maxCostUsd: 5 });
    await expect(own(6273)).rejects.toThrow(
      'set training.maxRuntimeInSeconds to 6272 or less, also in each candidate that sets its own, or raise maxCostUsd',
    );
    await expect(own(6272)).rejects.toThrow('set training.maxRuntimeInSeconds to 6272 or less, or raise maxCostUsd');
  });

  test('counts every instance, and the one job of an execution without candidates', async () => {
    await expect(plan({ instanceCount: 2, maxCostUsd: 6 })).rejects.toThrow('could cost up to 11.36 USD');
    await expect(plan({ maxCostUsd: 6 })).resolves.toBeDefined();
    await expect(plan({ maxCostUsd: 0.01 })).rejects.toThrow(
      'raise maxCostUsd, or choose a cheaper training.instanceType',
    );
  });

  test('takes the price that is configured, and says where it knows none', async () => {
    await expect(plan({ maxCostUsd: 6 }, {}, { region: 'eu-west-1' })).rejects.toThrow(
      'training.maxCostUsd cannot be kept, for the price of ml.g5.xlarge in eu-west-1 is not known: set ' +
        'training.instancePrices in the configuration to {"ml.g5.xlarge": <USD per hour>}, or leave maxCostUsd out',
    );
    const priced = { ...defaults({ instancePrices: { 'ml.g5.xlarge': 1.7 } }), region: 'eu-west-1' };
    expect((await plan({ maxCostUsd: 7 }, {}, priced)).training.instancePrice).toBe(1.7);
    await expect(plan({ maxCostUsd: 6.8 }, {}, priced)).rejects.toThrow('could cost up to 6.86 USD');
    expect((await plan({}, {}, { region: 'eu-west-1' })).training.instancePrice).toBeNull();
  });

  test('is no matter where nothing is trained', async () => {
    await expect(plan({ maxCostUsd: 0.01 }, { modelDataUrl: 's3://elsewhere/model.tar.gz' })).resolves.toBeDefined();
  });
});
