import { Application } from './application';

jest.setTimeout(120_000);

let application: Application;

const TRACED = { weights: 'model.pt' };

function outputOf(result: Awaited<ReturnType<Application['execute']>>) {
  expect(result).toMatchObject({ status: 'SUCCEEDED' });
  return result.status === 'SUCCEEDED' ? (result.output as Record<string, unknown>) : {};
}

describe('an account that AWS refuses the accelerator', () => {
  beforeAll(async () => {
    application = await Application.open({}, 'refused');
    await application.deploy();
  });
  afterAll(async () => {
    await application.close();
  });

  it('deploys all but the accelerated stack, and answers 503 before there is a model', async () => {
    expect(Object.values(application.liveStacks()).filter((status) => status === 'CREATE_COMPLETE')).toHaveLength(5);
    expect(await application.classify()).toEqual({ status: 503 });
  });

  it('serves the same model by the CPU, says so in the output, and tells somebody', async () => {
    const modelDataUrl = await application.artifact('first');
    const output = outputOf(await application.execute({ modelDataUrl }));
    expect(output['serving']).toEqual({
      profile: 'cpu',
      accelerator: 'none',
      modelDataUrl: output['modelDataUrl'],
      endpointConfigName: '',
      reason: expect.stringMatching(/^AWS refused the accelerator ml\.eia2\.xlarge: .*no longer available/) as unknown,
    });
    expect(application.notifications).toEqual([
      {
        topicArn: application.output('NotificationTopicArn'),
        subject: 'ml.eia2.xlarge was refused: the CPU serves',
        message: expect.stringContaining('no longer available') as unknown,
      },
    ]);
    expect(application.states).toEqual(expect.arrayContaining(['ProbeAccelerator', 'FallBack', 'SmokeTest']));
    expect(application.states).not.toContain('Trace');
    expect(await application.classify()).toEqual({ status: 200, label: 'first' });
  });

  it('brings it back by the CPU, without asking again or telling anybody again', async () => {
    await application.execute({ endpoint: 'take-down' });
    const output = outputOf(await application.execute({ endpoint: 'bring-back' }));
    expect(output['serving']).toMatchObject({
      accelerator: 'none',
      reason: expect.stringMatching(/^AWS refused the accelerator/) as unknown,
    });
    expect(application.states).not.toContain('ProbeAccelerator');
    expect(application.notifications).toHaveLength(1);
    expect(await application.classify()).toEqual({ status: 200, label: 'first' });
  });

  it('does not even try when the execution says so', async () => {
    const modelDataUrl = await application.artifact('second');
    const output = outputOf(await application.execute({ modelDataUrl, serving: { accelerator: 'none' } }));
    expect(output['serving']).toMatchObject({ accelerator: 'none', reason: null });
    expect(application.states).not.toContain('ProbeAccelerator');
    expect(application.notifications).toHaveLength(1);
    expect(await application.classify()).toEqual({ status: 200, label: 'second' });
  });

  it('serves a model that cannot be traced by the CPU, and bothers nobody', async () => {
    const modelDataUrl = await application.artifact('roberta', { modelType: 'roberta' });
    const output = outputOf(await application.execute({ modelDataUrl }));
    expect(output['serving']).toMatchObject({
      accelerator: 'none',
      reason: expect.stringContaining('type roberta cannot be traced') as unknown,
    });
    expect(application.states).not.toContain('ProbeAccelerator');
    expect(application.notifications).toHaveLength(1);
  });
});

describe('an account that may use the accelerator', () => {
  beforeAll(async () => {
    application = await Application.open({}, 'granted');
    await application.deploy();
  });
  afterAll(async () => {
    await application.close();
  });

  const endpointConfig = () => application.cloud.stacks.require(application.names.servingStack).content.outputs;
  const acceleratedConfig = () =>
    application.cloud.stacks.require(application.names.servingAcceleratedStack).content.outputs;

  it('serves the traced artifact from the accelerated endpoint configuration', async () => {
    const modelDataUrl = await application.artifact('traced', TRACED);
    const output = outputOf(await application.execute({ modelDataUrl }));
    expect(output['serving']).toMatchObject({
      profile: 'elastic-inference',
      accelerator: 'ml.eia2.xlarge',
      reason: null,
    });
    expect(endpointConfig()['EndpointConfigName']?.value).toBe(acceleratedConfig()['EndpointConfigName']?.value);
    expect(application.notifications).toEqual([]);
    expect(await application.classify()).toEqual({ status: 200, label: 'traced' });
  });

  it('takes another accelerator for one execution, and a changed application keeps it with the model', async () => {
    const modelDataUrl = await application.artifact('medium', TRACED);
    const output = outputOf(await application.execute({ modelDataUrl, serving: { accelerator: 'ml.eia2.medium' } }));
    expect(output['serving']).toMatchObject({ accelerator: 'ml.eia2.medium' });

    await application.change({ serving: { instanceType: 'ml.m5.xlarge' } });
    const { servingStack, servingAcceleratedStack } = application.names;
    expect(application.parameter(servingAcceleratedStack, 'AcceleratorType')).toBe('ml.eia2.medium');
    expect(application.parameter(servingStack, 'ModelDataUrl')).toBe(output['modelDataUrl']);
    expect(await application.classify()).toEqual({ status: 200, label: 'medium' });
  });

  it('does not take a model that does not load for a refusal: what was in service still is', async () => {
    const modelDataUrl = await application.artifact('does-not-load', TRACED);
    const result = await application.execute({ modelDataUrl });
    expect(result).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    expect(result).toMatchObject({
      cause: expect.stringMatching(/^CheckDeployment failed: .*does not load/) as unknown,
    });
    expect(application.notifications).toEqual([]);
    expect(await application.classify()).toEqual({ status: 200, label: 'medium' });
  });

  it('goes back to the accelerator from a model that an execution has deployed which was stopped', async () => {
    const modelDataUrl = await application.artifact('does-not-answer', TRACED);
    const failed = {
      ...{ status: 'FAILED', error: 'SmokeTestFailed' },
      cause: expect.stringContaining('What was in service before is in service again.') as unknown,
    };
    const { servingStack } = application.names;
    const before = application.parameter(servingStack, 'AcceleratedEndpointConfigName');
    expect(await application.execute({ modelDataUrl })).toMatchObject(failed);
    await application.update(servingStack, {
      ModelDataUrl: await application.storedUrl(modelDataUrl),
      AcceleratedEndpointConfigName: acceleratedConfig()['EndpointConfigName']?.value ?? '',
    });
    expect((await application.classify()).status).not.toBe(200);
    expect(await application.execute({ modelDataUrl })).toMatchObject(failed);
    expect(application.parameter(servingStack, 'AcceleratedEndpointConfigName')).toBe(before);
    expect(await application.classify()).toEqual({ status: 200, label: 'medium' });
  });

  it('goes back to the CPU when the execution says so', async () => {
    const modelDataUrl = await application.artifact('plain');
    const output = outputOf(await application.execute({ modelDataUrl, serving: { accelerator: 'none' } }));
    expect(output['serving']).toMatchObject({ profile: 'cpu', accelerator: 'none', reason: null });
    expect(application.parameter(application.names.servingStack, 'AcceleratedEndpointConfigName')).toBe('');
    expect(await application.classify()).toEqual({ status: 200, label: 'plain' });
  });

  it('serves by the CPU where the accelerated stack was never deployed', async () => {
    application.cloud.stacks.delete(application.names.servingAcceleratedStack);
    await application.cloud.stacks.settled(application.names.servingAcceleratedStack);
    const modelDataUrl = await application.artifact('no-stack', TRACED);
    const output = outputOf(await application.execute({ modelDataUrl }));
    expect(output['serving']).toMatchObject({
      accelerator: 'none',
      reason: expect.stringContaining(`there is no stack ${application.names.servingAcceleratedStack}`) as unknown,
    });
    expect(application.notifications).toHaveLength(1);
    expect(await application.classify()).toEqual({ status: 200, label: 'no-stack' });
  });
});

it('refuses a model that cannot be traced where the configuration says so', async () => {
  application = await Application.open({ serving: { untraceableModel: 'refuse' } }, 'granted');
  await application.deploy();
  const modelDataUrl = await application.artifact('roberta', { modelType: 'roberta' });
  expect(await application.execute({ modelDataUrl })).toMatchObject({
    status: 'FAILED',
    error: 'InvalidArtifact',
    cause: expect.stringContaining('type roberta cannot be traced') as unknown,
  });
  expect(await application.classify()).toEqual({ status: 503 });
  await application.close();
});
