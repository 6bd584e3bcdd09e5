import { Application } from './application';

jest.setTimeout(300_000);

describe.each(['cpu', 'serverless'])('the profile %s', (profile) => {
  let application: Application;
  beforeAll(async () => {
    application = await Application.open({ serving: { profile } }, 'refused');
    await application.deploy();
  });
  afterAll(() => application.close());

  it('serves, with no word of an accelerator', async () => {
    const modelDataUrl = await application.artifact('model', { hasOnnx: true });
    expect(await application.execute({ modelDataUrl })).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        endpointName: application.names.endpoint,
        serving: { profile, accelerator: 'none', reason: null },
        // Not that its onnxruntime is not for the image, which serves nothing here.
        warnings: [],
      },
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

const SCALING = { instanceType: 'ml.m5.large', maxInstanceCount: 4 };

/** Each configuration of `serving` after the one before it, with the name of the endpoint that it means. */
const CHANGES: readonly (readonly [string, ...(readonly [object, string])[]])[] = [
  [
    'from instances to serverless and back',
    [{ profile: 'cpu' }, 'classifier-dev-instance'],
    [{ profile: 'serverless' }, 'classifier-dev-serverless'],
    [{ profile: 'cpu' }, 'classifier-dev-instance'],
  ],
  [
    'of the type, the number and the profile of instances that scale',
    [{ profile: 'cpu' }, 'classifier-dev-instance'],
    [{ profile: 'cpu', ...SCALING }, 'classifier-dev-ml-m5-large'],
    [{ profile: 'cpu', ...SCALING, instanceType: 'ml.c7i.xlarge' }, 'classifier-dev-ml-c7i-xlarge'],
    [{ profile: 'cpu', ...SCALING, instanceType: 'ml.c7i.xlarge', instanceCount: 2 }, 'classifier-dev-ml-c7i-xlarge'],
    [{ profile: 'gpu', maxInstanceCount: 2 }, 'classifier-dev-ml-g5-xlarge'],
    [{ profile: 'cpu' }, 'classifier-dev-instance'],
  ],
];

it.each(CHANGES)('the API answers through changes %s', async (_, [first], ...others) => {
  const application = await Application.open({ serving: first }, 'refused');
  await application.deploy();
  await application.execute({ modelDataUrl: await application.artifact('kept') });
  for (const [serving, endpointName] of others) {
    // After the serving stack as well, when the API's function still has the name of the endpoint before.
    await application.change({ serving }, async () => {
      expect(await application.classify()).toEqual({ status: 200, label: 'kept' });
    });
    const { resources } = application.cloud.stacks.require(application.names.servingStack);
    expect(resources['Endpoint']).toMatchObject({ properties: { EndpointName: endpointName } });
    expect(application.running()).toHaveLength(1);
  }
  await application.destroy();
  expect(application.running()).toEqual([]);
  await application.close();
});
