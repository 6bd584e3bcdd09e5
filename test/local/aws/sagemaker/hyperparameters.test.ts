import { execFileSync } from 'node:child_process';
import {
  commandArguments,
  isToolkitSetting,
  readHyperparameter,
} from '../../../../local/aws/sagemaker/hyperparameters';

const raw = [
  ...['5', '-3', '0', '-0', '007', '123456789012345678901234567890', ' 5 ', '1_000', '+5'],
  ...[
    '0.1',
    '1.0',
    '0.10',
    '-0.0',
    '2e-5',
    '2E-05',
    '0.00002',
    '0.0001',
    '0.00012345',
    '1e15',
    '1e16',
    '1e22',
    '1.5e300',
    '1e999',
    '-1e999',
    '.5',
    '5.',
  ],
  ...['true', 'True', 'false', 'null', 'None', 'NaN', 'Infinity', '-Infinity', 'nan'],
  ...[
    '"quoted"',
    'bert-base-uncased',
    'sentence-transformers/all-MiniLM-L6-v2',
    's3://bucket/key',
    '',
    '"',
    '"\\u00e9"',
    'é',
    '"a\\"b"',
    '{',
    '123abc',
    '1e-7',
    '5e-324',
    '1234567.125',
  ],
];

const toPair = ({ text, json }: { text: string; json: string }) => [text, json];

test('hyperparameters read as the toolkit and Python read them', () => {
  const script = `
import json, sys
def read(raw):
    try: value = json.loads(raw)
    except ValueError: value = raw
    return ["" if value is None else str(value), json.dumps(value)]
print(json.dumps([read(raw) for raw in json.loads(sys.argv[1])]))`;
  const expected = JSON.parse(
    execFileSync('python3', ['-c', script, JSON.stringify(raw)], { encoding: 'utf8' }),
  ) as unknown;
  expect(raw.map((one) => toPair(readHyperparameter('x', one)))).toEqual(expected);
});

test.each(['[1, 2]', '{"a": 1}'])('%s is refused', (list) => {
  expect(() => readHyperparameter('layers', list)).toThrow('The hyperparameter layers is a JSON');
});

test('arguments are sorted, and one letter gets one hyphen', () => {
  const values = new Map(
    Object.entries({ seed: '7', b: '32', amp: 'true', name: 'a b' }).map(([name, value]) => [
      name,
      readHyperparameter(name, value),
    ]),
  );
  expect(commandArguments(values)).toEqual(['--amp', 'True', '-b', '32', '--name', 'a b', '--seed', '7']);
});

test.each([
  ['sagemaker_program', true],
  ['sagemaker_torch_distributed_enabled', true],
  ['_tuning_objective_metric', true],
  ['epochs', false],
])('%s is a setting of the toolkit: %s', (name, expected) => {
  expect(isToolkitSetting(name)).toBe(expected);
});
