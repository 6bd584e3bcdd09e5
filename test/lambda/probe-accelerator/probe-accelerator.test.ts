import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { mockClient } from 'aws-sdk-client-mock';
import '../handler-environment';
import { handler } from '../../../lambda/probe-accelerator/index';

const EVENT = { accelerator: 'ml.eia2.xlarge', modelDataUrl: 's3://artifacts-bucket/models/abc/model.tar.gz' };
const ALL = ['CreateModelCommand', 'CreateEndpointConfigCommand', 'DeleteEndpointConfigCommand', 'DeleteModelCommand'];
const sageMaker = mockClient(SageMakerClient);

beforeEach(() => {
  sageMaker.reset();
});

function sent(): string[] {
  return sageMaker.calls().map(({ args }) => args[0].constructor.name);
}

function failing(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

test('asks for just what would serve, and leaves nothing behind', async () => {
  await expect(handler(EVENT)).resolves.toBeUndefined();

  const [model, config, ...deleted] = sageMaker.calls().map(({ args }) => args[0].input as Record<string, unknown>);
  const name = model?.['ModelName'] as string;
  expect(name).toMatch(/^cola-dev-probe-[0-9a-f]{8}$/);
  expect(model).toEqual({
    ModelName: name,
    ExecutionRoleArn: 'arn:aws:iam::123456789012:role/serving',
    PrimaryContainer: {
      Image: '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04',
      ModelDataUrl: EVENT.modelDataUrl,
    },
  });
  expect(config).toEqual({
    EndpointConfigName: name,
    ProductionVariants: [
      {
        VariantName: 'Probe',
        ModelName: name,
        InstanceType: 'ml.m5.large',
        InitialInstanceCount: 1,
        AcceleratorType: 'ml.eia2.xlarge',
      },
    ],
  });
  expect(deleted).toEqual([{ EndpointConfigName: name }, { ModelName: name }]);
  expect(sent()).toEqual(ALL);
});

test('two probes at once do not meet', async () => {
  await Promise.all([handler(EVENT), handler(EVENT)]);
  const names = sageMaker.commandCalls(CreateModelCommand).map(({ args }) => args[0].input.ModelName);
  expect(new Set(names).size).toBe(2);
});

const REFUSALS: [string, Error][] = [
  [
    'the type is unknown',
    failing(
      'ValidationException',
      "1 validation error detected: Value 'ml.eia2.xlarge' at 'productionVariants.1.member.acceleratorType' failed to " +
        'satisfy constraint: Member must satisfy enum value set: []',
    ),
  ],
  ['the service is closed', failing('ValidationException', 'Elastic Inference (EI) is no longer available.')],
  [
    'the limit is zero',
    failing(
      'ResourceLimitExceeded',
      "The account-level service limit 'ml.eia2.xlarge for endpoint usage' is 0 Instances",
    ),
  ],
];
const OTHER_FAILURES: [string, Error][] = [
  ['throttling', failing('ThrottlingException', 'Rate exceeded')],
  [
    'another limit',
    failing('ResourceLimitExceeded', "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances"),
  ],
  ['a missing right', failing('AccessDeniedException', 'not authorized to perform: sagemaker:CreateEndpointConfig')],
];

test.each(REFUSALS)('%s: Refused, and nothing is left behind', async (_, error) => {
  sageMaker.on(CreateEndpointConfigCommand).rejects(error);
  await expect(handler(EVENT)).rejects.toMatchObject({ name: 'Refused', message: error.message, cause: error });
  expect(sent()).toEqual(ALL);
});

test.each(OTHER_FAILURES)('%s comes back as it is, and nothing is left behind', async (_, error) => {
  sageMaker.on(CreateEndpointConfigCommand).rejects(error);
  await expect(handler(EVENT)).rejects.toBe(error);
  // The endpoint configuration too, which may be there all the same.
  expect(sent()).toEqual(ALL);
});

test('a missing image is Refused', async () => {
  const image = '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference-eia:1.5.1-cpu-py36-ubuntu16.04';
  sageMaker.on(CreateModelCommand).rejects(failing('ValidationException', `Requested image ${image} not found.`));
  await expect(handler(EVENT)).rejects.toMatchObject({ name: 'Refused' });
  expect(sent()).not.toContain('CreateEndpointConfigCommand');
});

test.each(OTHER_FAILURES)('%s of the model comes back as it is', async (_, error) => {
  sageMaker.on(CreateModelCommand).rejects(error);
  await expect(handler(EVENT)).rejects.toBe(error);
  expect(sent()).not.toContain('CreateEndpointConfigCommand');
});

describe('what cannot be deleted', () => {
  const throttled = failing('ThrottlingException', 'Rate exceeded');
  let logged: jest.SpyInstance;
  beforeEach(() => {
    logged = jest.spyOn(console, 'error').mockImplementation();
    sageMaker.on(DeleteEndpointConfigCommand).rejects(throttled).on(DeleteModelCommand).rejects(throttled);
  });
  afterEach(() => {
    logged.mockRestore();
  });

  test('is told in the log, after some attempts, and the accelerator is granted all the same', async () => {
    await expect(handler(EVENT)).resolves.toBeUndefined();
    expect(sent()).toEqual(ALL);
    const client = sageMaker.commandCalls(DeleteEndpointConfigCommand)[0]?.thisValue as SageMakerClient;
    expect(await client.config.maxAttempts()).toBeGreaterThan(3);
    expect(logged.mock.calls).toEqual([
      [expect.stringContaining('could not be deleted'), throttled],
      [expect.stringContaining('could not be deleted'), throttled],
    ]);
  });

  test('hides no refusal', async () => {
    sageMaker.on(CreateEndpointConfigCommand).rejects(REFUSALS[0]?.[1]);
    await expect(handler(EVENT)).rejects.toMatchObject({ name: 'Refused' });
    expect(logged).toHaveBeenCalledTimes(2);
  });

  test('is not told where it never was', async () => {
    const missing = failing('ValidationException', 'Could not find endpoint configuration "cola-dev-probe-1".');
    sageMaker.on(CreateEndpointConfigCommand).rejects(REFUSALS[0]?.[1]);
    sageMaker.on(DeleteEndpointConfigCommand).rejects(missing).on(DeleteModelCommand).resolves({});
    await expect(handler(EVENT)).rejects.toMatchObject({ name: 'Refused' });
    expect(logged).not.toHaveBeenCalled();
  });
});
