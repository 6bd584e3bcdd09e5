import { Application } from './application';

jest.setTimeout(120_000);

describe.each(['cpu', 'serverless'])('the profile %s', (profile) => {
  let application: Application;
  beforeAll(async () => {
    application = await Application.open({ serving: { profile } }, 'refused');
    await application.deploy();
  });
  afterAll(() => application.close());

  it('serves, with no word of an accelerator', async () => {
    const result = await application.execute({ modelDataUrl: await application.artifact('model') });
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: { endpointName: application.names.endpoint, serving: { profile, accelerator: 'none', reason: null } },
    });
    expect(application.states).not.toContain('ProbeAccelerator');
    expect(await application.classify()).toEqual({ status: 200, label: 'model' });
  });

  it('refuses to be asked for an accelerator', async () => {
    expect(await application.execute({ serving: { accelerator: 'ml.eia2.medium' } })).toMatchObject({
      status: 'FAILED',
      error: 'InvalidInput',
      cause: expect.stringContaining(`the configured serving.profile is ${profile}`) as unknown,
    });
  });
});

it('moves from instances to serverless under another name, and the API with it', async () => {
  const application = await Application.open({ serving: { profile: 'cpu' } }, 'refused');
  await application.deploy();
  await application.execute({ modelDataUrl: await application.artifact('moved') });
  await application.change({ serving: { profile: 'serverless' } });
  expect(application.cloud.stacks.require(application.names.servingStack).resources['Endpoint']).toMatchObject({
    properties: { EndpointName: 'classifier-dev-serverless' },
  });
  expect(await application.classify()).toEqual({ status: 200, label: 'moved' });
  expect(application.running()).toHaveLength(1);
  await application.close();
});
