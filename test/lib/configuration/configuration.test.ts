import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  COLA_URL,
  InvalidConfiguration,
  parseConfiguration,
  readConfiguration,
} from '../../../lib/configuration/configuration';
import { namesOf } from '../../../lib/configuration/names';

describe('parseConfiguration', () => {
  it('fills every default in', () => {
    expect(parseConfiguration({})).toMatchObject({
      name: 'classifier',
      stage: 'dev',
      removalPolicy: 'retain',
      dataset: { source: COLA_URL, testFraction: 0.25 },
      training: { baseModel: 'bert-base-uncased', learningRate: 2e-5, instanceType: 'ml.g5.xlarge' },
      gate: { metric: 'matthews_correlation', minimum: 0.2 },
      serving: { profile: 'elastic-inference' },
      api: { authorization: 'api-key', allowedOrigins: [] },
      notifications: { emails: [] },
    });
  });

  it('keeps the other defaults of a section of which one field is set', () => {
    expect(parseConfiguration({ training: { epochs: 7 } }).training).toMatchObject({ epochs: 7, batchSize: 16 });
  });

  it.each<[string, unknown, string]>([
    ['a list', [], 'the configuration must be an object, not []'],
    ['an unknown field', { nmae: 'x' }, 'nmae is not a known field'],
    ['an unknown nested field', { training: { epoch: 1 } }, 'training.epoch is not a known field'],
    [
      'a bucket by its URL',
      { storage: { dataBucket: 's3://kept' } },
      'storage.dataBucket must be the name of an S3 bucket',
    ],
    ['an upper-case name', { name: 'Cola' }, 'name must be 2 to 15 lower-case letters'],
    ['a name of one prefix too long', { name: 'abcdefghijklmnop' }, 'not "abcdefghijklmnop"'],
    ['a name that SSM takes for AWS’s', { name: 'awsome' }, 'name must not begin with aws or ssm, as no SSM parameter'],
    ['a name that SSM takes for its own', { name: 'ssm-texts' }, 'set another, not "ssm-texts"'],
    ['a stage with a hyphen', { stage: 'a-b' }, 'stage must be 1 to 10'],
    [
      'a fraction of epochs',
      { training: { epochs: 1.5 } },
      'training.epochs must be a whole number from 0 to 100, not 1.5',
    ],
    [
      'a string for a number',
      { training: { epochs: '3' } },
      'training.epochs must be a whole number from 0 to 100, not "3"',
    ],
    [
      'shell characters',
      { training: { baseModel: 'bert; echo x' } },
      'training.baseModel must be a Hugging Face model id',
    ],
    [
      'an EC2 instance type',
      { training: { instanceType: 'g5.xlarge' } },
      'training.instanceType must be a SageMaker instance type',
    ],
    [
      'a processor that the images are not built for',
      { serving: { profile: 'cpu', instanceType: 'ml.c7g.xlarge' } },
      'serving.instanceType must not be an instance with Graviton, for the images are built for x86; take one with Intel or ' +
        'AMD, such as ml.c7i.xlarge, not "ml.c7g.xlarge"',
    ],
    ['a GPU that the image lacks', { training: { instanceType: 'ml.p3.2xlarge' } }, 'take ml.g5.xlarge'],
    [
      'a metric that falls with quality',
      { gate: { metric: 'loss' } },
      'gate.metric must be one of matthews_correlation, accuracy, micro_f1, macro_f1',
    ],
    [
      'an origin with a path',
      { api: { allowedOrigins: ['https://a.example/x'] } },
      'api.allowedOrigins[0] must be an origin',
    ],
    [
      'more origins than a function’s environment has room for',
      { api: { allowedOrigins: Array.from({ length: 120 }, (_, n) => `https://customer-${n}.example`) } },
      'api.allowedOrigins must have at most 3000 characters in all',
    ],
    [
      'an address without an @',
      { notifications: { emails: ['team'] } },
      'notifications.emails[0] must be an e-mail address, not "team"',
    ],
    [
      'a short account',
      { images: { registryAccount: '123' } },
      'images.registryAccount must be an account number of 12 digits',
    ],
    [
      'a wait shorter than the run',
      { training: { useSpotInstances: true, maxRuntimeInSeconds: 100, maxWaitTimeInSeconds: 99 } },
      'training.maxWaitTimeInSeconds must be at least training.maxRuntimeInSeconds (100), not 99',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(() => parseConfiguration(value, 'my.json')).toThrow(InvalidConfiguration);
    expect(() => parseConfiguration(value, 'my.json')).toThrow(message);
    expect(() => parseConfiguration(value, 'my.json')).toThrow(/^my\.json/);
  });
});

describe('an instance with Graviton', () => {
  it.each(['c6g', 'c6gn', 'c7g', 'm8g', 'r7gd', 't4g', 'g5g', 'x2gd'])('is refused everywhere: ml.%s', (family) => {
    const instanceType = `ml.${family}.xlarge`;
    for (const configuration of [
      ...['elastic-inference', 'cpu', 'gpu'].map((profile) => ({ serving: { profile, instanceType } })),
      { serving: { tracingInstanceType: instanceType } },
      { training: { instanceType } },
      { training: { candidates: [{ instanceType }] } },
      { batch: { instanceType } },
    ]) {
      expect(() => parseConfiguration(configuration)).toThrow('must not be an instance with Graviton');
    }
  });

  it.each(['g4dn', 'g5', 'g6e', 'p6e-gb200', 'inf2', 'm5', 'c7i'])('is not taken for one: ml.%s', (family) => {
    const instanceType = `ml.${family}.xlarge`;
    expect(parseConfiguration({ training: { instanceType }, serving: { instanceType } })).toMatchObject({
      training: { instanceType },
      serving: { instanceType },
    });
  });
});

describe('the profiles', () => {
  const ON_INSTANCES = { instanceCount: 1, invocationsPerInstance: 600, networkIsolation: true };
  const CPU_IMAGE = '2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04';
  const GPU_IMAGE = '2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04';

  it.each([
    [
      'elastic-inference',
      'instance',
      {
        accelerator: 'ml.eia2.xlarge',
        sequenceLength: 64,
        untraceableModel: 'cpu',
        instanceType: 'ml.m5.large',
        ...ON_INSTANCES,
        imageTag: CPU_IMAGE,
        acceleratedImageTag: '1.5.1-cpu-py36-ubuntu16.04',
        tracingImageTag: '1.3.1-cpu-py36-ubuntu16.04',
        tracingInstanceType: 'ml.m5.xlarge',
      },
    ],
    ['cpu', 'instance', { instanceType: 'ml.m5.large', ...ON_INSTANCES, imageTag: CPU_IMAGE }],
    [
      'gpu',
      'instance',
      {
        instanceType: 'ml.g5.xlarge',
        ...ON_INSTANCES,
        imageTag: GPU_IMAGE,
        inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1',
      },
    ],
    ['serverless', 'serverless', { memorySizeInMb: 4096, maxConcurrency: 10, imageTag: CPU_IMAGE }],
  ])('%s fills its defaults in, and serves from an endpoint of class %s', (profile, endpointClass, defaults) => {
    const configuration = parseConfiguration({ serving: { profile } });
    expect(configuration.serving).toEqual({ profile, ...defaults });
    expect(namesOf(configuration).endpoint).toBe(`classifier-dev-${endpointClass}`);
  });

  it('are elastic-inference where none is named', () => {
    const byName = parseConfiguration({ serving: { profile: 'elastic-inference' } });
    expect(parseConfiguration({})).toEqual(byName);
    expect(parseConfiguration({ serving: {} })).toEqual(byName);
    expect(parseConfiguration({ serving: { accelerator: 'ml.eia1.large' } }).serving).toEqual({
      ...byName.serving,
      accelerator: 'ml.eia1.large',
    });
  });

  const VPC = { securityGroupIds: ['sg-0a1b2c3d'], subnetIds: ['subnet-0a1b2c3d'] };

  it.each([
    ['elastic-inference', { sequenceLength: 128, untraceableModel: 'refuse', vpc: VPC, maxInstanceCount: 1 }],
    ['cpu', { instanceCount: 2, maxInstanceCount: 2, vpc: VPC, networkIsolation: false }],
    [
      'gpu',
      {
        instanceType: 'ml.g4dn.xlarge',
        inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-2-1',
        maxInstanceCount: 3,
        vpc: VPC,
      },
    ],
    ['serverless', { memorySizeInMb: 6144, maxConcurrency: 5, provisionedConcurrency: 5 }],
  ])('%s takes %j', (profile, fields) => {
    expect(parseConfiguration({ serving: { profile, ...fields } }).serving).toMatchObject(fields);
  });

  const KNOWN_ON_INSTANCES =
    'profile, instanceType, instanceCount, maxInstanceCount, invocationsPerInstance, networkIsolation, vpc, imageTag';
  const ACCELERATORS = 'ml.eia1.medium, ml.eia1.large, ml.eia1.xlarge, ml.eia2.medium, ml.eia2.large, ml.eia2.xlarge';
  const notOf = (profile: string, field: string, known: string): string =>
    `serving.${field} is not a field of the serving.profile ${profile}; known are ${known}`;
  const notServerless = (field: string): string =>
    notOf('serverless', field, 'profile, memorySizeInMb, maxConcurrency, provisionedConcurrency, imageTag');

  it.each<[unknown, string]>([
    [{ profile: 'cpu', accelerator: 'ml.eia2.xlarge' }, notOf('cpu', 'accelerator', KNOWN_ON_INSTANCES)],
    [
      { profile: 'gpu', accelerator: 'ml.eia2.xlarge' },
      notOf('gpu', 'accelerator', `${KNOWN_ON_INSTANCES}, inferenceAmiVersion`),
    ],
    [{ profile: 'cpu', inferenceAmiVersion: 'al2' }, notOf('cpu', 'inferenceAmiVersion', KNOWN_ON_INSTANCES)],
    [
      { profile: 'gpu', inferenceAmiVersion: 'AL2' },
      'serving.inferenceAmiVersion must be the name of an AMI, such as al2-ami-sagemaker-inference-gpu-3-1, not "AL2"',
    ],
    [{ profile: 'serverless', accelerator: 'ml.eia2.xlarge' }, notServerless('accelerator')],
    [{ profile: 'serverless', vpc: VPC }, notServerless('vpc')],
    [{ profile: 'serverless', networkIsolation: true }, notServerless('networkIsolation')],
    [{ profile: 'serverless', instanceType: 'ml.m5.large' }, notServerless('instanceType')],
    [{ profile: 'serverless', instanceCount: 1 }, notServerless('instanceCount')],
    [{ profile: 'cpu', memorySizeInMb: 2048 }, notOf('cpu', 'memorySizeInMb', KNOWN_ON_INSTANCES)],
    [
      { memorySizeInMb: 2048 },
      'serving.memorySizeInMb is not a field of the serving.profile elastic-inference; known are',
    ],
    [
      { profile: 'serverless', memorySizeInMb: 2000 },
      'serving.memorySizeInMb must be one of 1024, 2048, 3072, 4096, 5120, 6144, not 2000',
    ],
    [
      { profile: 'serverless', memorySizeInMb: 8192 },
      'serving.memorySizeInMb must be one of 1024, 2048, 3072, 4096, 5120, 6144, not 8192',
    ],
    [
      { profile: 'serverless', maxConcurrency: 201 },
      'serving.maxConcurrency must be a whole number from 1 to 200, not 201',
    ],
    [
      { profile: 'serverless', provisionedConcurrency: 11 },
      'serving.provisionedConcurrency must be at most serving.maxConcurrency (10), not 11',
    ],
    [
      { profile: 'cpu', instanceCount: 3, maxInstanceCount: 2 },
      'serving.maxInstanceCount must be at least serving.instanceCount (3), not 2',
    ],
    [
      { instanceCount: 3, maxInstanceCount: 2 },
      'serving.maxInstanceCount must be at least serving.instanceCount (3), not 2',
    ],
    [
      { accelerator: 'ml.eia3.large' },
      `serving.accelerator must be one of ${ACCELERATORS}; to serve without one, choose the serving.profile cpu, not ` +
        '"ml.eia3.large"',
    ],
    [
      { accelerator: 'none' },
      `serving.accelerator must be one of ${ACCELERATORS}; to serve without one, choose the serving.profile cpu, not "none"`,
    ],
    [{ profile: 'tpu' }, 'serving.profile must be one of elastic-inference, cpu, gpu, serverless, not "tpu"'],
    [{ profile: null }, 'serving.profile must be one of elastic-inference, cpu, gpu, serverless, not null'],
    ['cpu', 'serving must be an object, not "cpu"'],
    [['cpu'], 'serving must be an object, not ["cpu"]'],
    [null, 'serving must be an object, not null'],
    [{ untraceableModel: 'gpu' }, 'serving.untraceableModel must be cpu or refuse, not "gpu"'],
    [{ sequenceLength: 513 }, 'serving.sequenceLength must be a whole number from 4 to 512, not 513'],
    [{ instanceType: 'm5.large' }, 'serving.instanceType must be a SageMaker instance type such as ml.g5.xlarge'],
    [
      { profile: 'cpu', vpc: { securityGroupIds: [], subnetIds: ['subnet-0a1b2c3d'] } },
      'serving.vpc.securityGroupIds must be a list of at least one id such as sg-0123456789abcdef0, not []',
    ],
    [
      { profile: 'cpu', vpc: { securityGroupIds: ['sg-0a1b2c3d'], subnetIds: ['sg-0a1b2c3d'] } },
      'serving.vpc.subnetIds[0] must be a list of at least one id such as subnet-0123456789abcdef0, not "sg-0a1b2c3d"',
    ],
    [{ profile: 'cpu', vpc: { subnetIds: ['subnet-0a1b2c3d'] } }, 'serving.vpc.securityGroupIds is missing'],
    [
      { profile: 'cpu', vpc: { ...VPC, subnets: [] } },
      'serving.vpc.subnets is not a known field; known are securityGroupIds, subnetIds',
    ],
  ])('refuse %j', (serving, message) => {
    expect(() => parseConfiguration({ serving })).toThrow(InvalidConfiguration);
    expect(() => parseConfiguration({ serving })).toThrow(message);
  });
});

it.each(['pages', 'bearerKeys'])('has no %s where requests are signed', (field) => {
  expect(() => parseConfiguration({ api: { [field]: true, authorization: 'iam' } })).toThrow(
    `api.${field} must be false where api.authorization is iam, which has no API key`,
  );
});

describe('readConfiguration', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'configuration-')), 'configuration.json');

  it('names a file that is not there', () => {
    expect(() => readConfiguration(file)).toThrow(`${file} cannot be read as JSON`);
  });

  it('names a file that is not JSON', () => {
    writeFileSync(file, '{"name": ');
    expect(() => readConfiguration(file)).toThrow(`${file} cannot be read as JSON`);
  });

  it("reads the project's own", () => {
    expect(readConfiguration(join(__dirname, '..', '..', '..', 'configuration.json')).stage).toBe('dev');
  });
});

it('keeps the longest prefix short enough for a training job: prefix, hyphen and UUID are 63 characters', () => {
  const { prefix } = namesOf(parseConfiguration({ name: 'abcdefghijklmno', stage: 'abcdefghij' }));
  expect(prefix.length + 1 + 36).toBeLessThanOrEqual(63);
});
