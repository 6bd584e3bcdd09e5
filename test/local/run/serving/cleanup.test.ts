import { Application } from './application';

/*
 * After `cdk destroy` nothing that is billed by the hour is left, in whatever state the last execution ended.
 */
jest.setTimeout(120_000);

let application: Application;
beforeEach(async () => {
  application = await Application.open({}, 'refused');
  await application.deploy();
});
afterEach(() => application.close());

async function deployModel(name: string) {
  return application.execute({ modelDataUrl: await application.artifact(name) });
}

const STATES: readonly (readonly [string, () => Promise<void>])[] = [
  ['no model yet', () => Promise.resolve()],
  [
    'a model in service, after a refused accelerator',
    async () => {
      expect(await deployModel('first')).toMatchObject({ status: 'SUCCEEDED' });
      expect(application.running()).toHaveLength(1);
    },
  ],
  [
    'a failed update, rolled back to the model before',
    async () => {
      await deployModel('first');
      expect(await deployModel('does-not-load')).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
      expect(application.running()).toHaveLength(1);
    },
  ],
  [
    'a failed first deployment',
    async () => {
      expect(await deployModel('does-not-load')).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    },
  ],
  [
    'a model that does not answer',
    async () => {
      expect(await deployModel('does-not-answer')).toMatchObject({ status: 'FAILED', error: 'SmokeTestFailed' });
      expect(application.running()).toEqual([]);
    },
  ],
  [
    'an endpoint that was taken down',
    async () => {
      await deployModel('first');
      expect(await application.execute({ endpoint: 'take-down' })).toMatchObject({ status: 'SUCCEEDED' });
      expect(application.running()).toEqual([]);
    },
  ],
];

it.each(STATES)('nothing is left after %s', async (_, reach) => {
  await reach();
  await application.destroy();
  expect(application.liveStacks()).toEqual({});
  expect(application.running()).toEqual([]);
  expect(await application.made()).toEqual({ models: 0, endpointConfigs: 0 });
});

it('a stack in the middle of an update is not deleted, and is once the update is through', async () => {
  const execution = deployModel('slow');
  while (application.cloud.stacks.require(application.names.servingStack).status !== 'UPDATE_IN_PROGRESS') {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await expect(application.destroy()).rejects.toThrow(
    /StackBusy: stack classifier-dev-serving is in UPDATE_IN_PROGRESS/,
  );
  // The state machine went first, and its execution with it.
  expect(await execution).toMatchObject({ status: 'ABORTED' });
  await application.cloud.stacks.settled(application.names.servingStack);
  await application.destroy();
  expect(application.liveStacks()).toEqual({});
  expect(application.running()).toEqual([]);
});

it('an endpoint is taken down over night and brought back with the model that it served', async () => {
  expect(await application.execute({ endpoint: 'bring-back' })).toMatchObject({
    status: 'FAILED',
    error: 'InvalidInput',
    cause: expect.stringContaining('no model was ever in service') as unknown,
  });
  await application.execute({
    modelDataUrl: await application.artifact('kept', { metrics: null }),
    gate: { waived: true },
  });

  for (const _twice of [1, 2]) {
    expect(await application.execute({ endpoint: 'take-down' })).toMatchObject({
      status: 'SUCCEEDED',
      output: { endpointName: null, modelDataUrl: null },
    });
    expect(await application.classify()).toEqual({ status: 503 });
    expect(application.running()).toEqual([]);
  }
  expect(await application.execute({ endpoint: 'bring-back' })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await application.classify()).toEqual({ status: 200, label: 'kept' });

  expect(await application.execute({ endpoint: 'take-down', training: {} })).toMatchObject({
    status: 'FAILED',
    cause: expect.stringContaining('endpoint goes with no training') as unknown,
  });
});
