import { Application } from './application';

/*
 * Models and endpoint configurations of past deployments, which CloudFormation keeps, do not pile up, and none outlives the
 * stacks.
 */
jest.setTimeout(180_000);

let application: Application;
afterEach(() => application.close());

async function open(accelerators: 'granted' | 'refused'): Promise<void> {
  application = await Application.open({}, accelerators);
  await application.deploy();
}

const TRACED = { weights: 'model.pt' };

async function deployModel(name: string, options = {}) {
  return application.execute({ modelDataUrl: await application.artifact(name, options) });
}

it('five deployments and a failed one in between leave the newest three', async () => {
  await open('refused');
  for (const name of ['first', 'second', 'third']) {
    expect(await deployModel(name)).toMatchObject({ status: 'SUCCEEDED' });
  }
  expect(await deployModel('does-not-load')).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
  expect(await application.classify()).toEqual({ status: 200, label: 'third' });
  for (const name of ['fourth', 'fifth']) {
    expect(await deployModel(name)).toMatchObject({
      status: 'SUCCEEDED',
      output: { endpointName: expect.any(String) as unknown },
    });
  }
  expect(application.states.slice(-3)).toEqual(['Promote', 'RetireModels', 'Succeeded']);
  expect(await application.made()).toEqual({ models: 3, endpointConfigs: 3 });
  expect(await application.classify()).toEqual({ status: 200, label: 'fifth' });

  await application.destroy();
  expect(await application.made()).toEqual({ models: 0, endpointConfigs: 0 });
});

it('taking the endpoint down leaves the newest three, and bringing it back goes on counting', async () => {
  await open('refused');
  for (const name of ['first', 'second', 'third']) await deployModel(name);
  // Nothing retires what an execution makes that fails.
  expect(await deployModel('does-not-answer')).toMatchObject({ status: 'FAILED', error: 'SmokeTestFailed' });
  expect(await application.made()).toMatchObject({ models: 5 });

  expect(await application.execute({ endpoint: 'take-down' })).toMatchObject({ status: 'SUCCEEDED' });
  expect(application.states.slice(-2)).toEqual(['RetireModels', 'Succeeded']);
  expect(await application.made()).toEqual({ models: 3, endpointConfigs: 3 });

  expect(await application.execute({ endpoint: 'bring-back' })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await application.classify()).toEqual({ status: 200, label: 'third' });
  expect(await application.made()).toEqual({ models: 3, endpointConfigs: 3 });
});

it('each serving stack keeps its newest three, and none when the accelerator goes', async () => {
  await open('granted');
  for (const name of ['first', 'second', 'third', 'fourth']) {
    expect(await deployModel(name, TRACED)).toMatchObject({ status: 'SUCCEEDED' });
  }
  expect(await application.made()).toEqual({ models: 6, endpointConfigs: 6 });
  expect(await application.classify()).toEqual({ status: 200, label: 'fourth' });
  await application.change({ serving: { profile: 'cpu' } });
  expect(await deployModel('fifth')).toMatchObject({ status: 'SUCCEEDED' });
  expect(await application.classify()).toEqual({ status: 200, label: 'fifth' });

  await application.destroy();
  expect(await application.made()).toEqual({ models: 0, endpointConfigs: 0 });
});

it('a model that went back is kept, and those before it do not outlive the stacks', async () => {
  await open('refused');
  for (const name of ['first', 'second']) await deployModel(name);
  expect(await deployModel('does-not-answer')).toMatchObject({ status: 'FAILED', error: 'SmokeTestFailed' });
  expect(await application.classify()).toEqual({ status: 200, label: 'second' });
  await application.execute({ endpoint: 'take-down' });

  await application.destroy();
  expect(await application.made()).toEqual({ models: 0, endpointConfigs: 0 });
});
