import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COLA_URL, InvalidConfiguration, parseConfiguration, readConfiguration } from '../../lib/configuration';
import { namesOf } from '../../lib/names';

describe('parseConfiguration', () => {
  it('fills every default in', () => {
    expect(parseConfiguration({})).toMatchObject({
      name: 'classifier',
      stage: 'dev',
      removalPolicy: 'retain',
      dataset: { source: COLA_URL, testFraction: 0.25 },
      training: { baseModel: 'bert-base-uncased', epochs: 3, learningRate: 2e-5, instanceType: 'ml.g5.xlarge' },
      gate: { metric: 'matthews_correlation', minimum: 0.2 },
      serving: { accelerator: 'ml.eia2.xlarge', instanceType: 'ml.m5.large', networkIsolation: true },
      api: { authorization: 'api-key', allowedOrigins: [] },
    });
  });

  it('keeps the other defaults of a section of which one field is set', () => {
    expect(parseConfiguration({ training: { epochs: 7 } }).training).toMatchObject({ epochs: 7, batchSize: 16 });
  });

  it.each<[string, unknown, string]>([
    ['a list', [], 'the configuration must be an object, not []'],
    ['an unknown field', { nmae: 'x' }, 'nmae is not a known field'],
    ['an unknown nested field', { training: { epoch: 1 } }, 'training.epoch is not a known field'],
    ['an upper-case name', { name: 'Cola' }, 'name must be 2 to 15 lower-case letters'],
    ['a name of one prefix too long', { name: 'abcdefghijklmnop' }, 'not "abcdefghijklmnop"'],
    ['a stage with a hyphen', { stage: 'a-b' }, 'stage must be 1 to 10'],
    [
      'a fraction of epochs',
      { training: { epochs: 1.5 } },
      'training.epochs must be a whole number from 1 to 100, not 1.5',
    ],
    [
      'a string for a number',
      { training: { epochs: '3' } },
      'training.epochs must be a whole number from 1 to 100, not "3"',
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
    ['a GPU that the image lacks', { training: { instanceType: 'ml.p3.2xlarge' } }, 'take ml.g5.xlarge'],
    [
      'an accelerator that never was',
      { serving: { accelerator: 'ml.eia3.large' } },
      'serving.accelerator must be one of ml.eia1.medium',
    ],
    [
      'a metric that falls with quality',
      { gate: { metric: 'loss' } },
      'gate.metric must be one of matthews_correlation, accuracy, macro_f1',
    ],
    [
      'an origin with a path',
      { api: { allowedOrigins: ['https://a.example/x'] } },
      'api.allowedOrigins.0 must be an origin',
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
    expect(readConfiguration(join(__dirname, '..', '..', 'configuration.json')).stage).toBe('dev');
  });
});

it('keeps the longest prefix short enough for a training job: prefix, hyphen and UUID are 63 characters', () => {
  const { prefix } = namesOf(parseConfiguration({ name: 'abcdefghijklmno', stage: 'abcdefghij' }));
  expect(prefix.length + 1 + 36).toBeLessThanOrEqual(63);
});
