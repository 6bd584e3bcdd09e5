import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXAMPLES, HELP, parseOptions, saysWhichModel, UsageError } from '../../../local/run/options';

const folder = mkdtempSync(join(tmpdir(), 'options-'));
writeFileSync(join(folder, 'data.csv'), 'text,label\n');
writeFileSync(join(folder, 'input.json'), '{"training": {"epochs": 2}}');
writeFileSync(join(folder, 'endpoint.json'), '{"endpoint": "take-down"}');
writeFileSync(join(folder, 'list.json'), '[]');
writeFileSync(join(folder, 'broken.json'), '{');
mkdirSync(join(folder, 'model'));
writeFileSync(join(folder, 'model', 'config.json'), '{}');
mkdirSync(join(folder, 'empty'));

const parse = (...args: string[]) => parseOptions(args, folder);

it('has a default for everything', () => {
  expect(parse()).toEqual({
    data: undefined,
    testData: undefined,
    dataset: {},
    epochs: undefined,
    baseModel: undefined,
    model: undefined,
    input: {},
    port: 8080,
    fresh: false,
    once: false,
  });
});

it('has help of just the options that there are, with the examples and the default port', () => {
  const options = [...HELP.matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name ?? '');
  expect(options).toContain('data');
  // That one is of the set-up alone.
  for (const option of options.filter((name) => name !== 'gpu')) {
    expect(() => parse(`--${option}`, 'x')).not.toThrow(/Unknown option/);
  }
  expect(HELP).toContain(`of our own making: ${Object.keys(EXAMPLES).join(', ')}\n`);
  expect(HELP).toContain(`where to serve (default: ${parse()?.port ?? 0})`);
});

it('answers nothing when help is asked for', () => {
  expect(parse('--help')).toBeUndefined();
});

it.each<[string[], object]>([
  [['--data', 'cola'], { data: 'cola' }],
  [['--data', 'https://a.example/b.csv'], { data: { url: 'https://a.example/b.csv' } }],
  [['--data', 'data.csv'], { data: { path: join(folder, 'data.csv') } }],
  [['--data', 'empty'], { data: { path: join(folder, 'empty') } }],
  [['--test-data', 'data.csv'], { testData: { path: join(folder, 'data.csv') } }],
  [
    ['--text-column', 'review', '--pair-column', '2', '--label-column', 'stars', '--label-separator', ';'],
    { dataset: { textColumn: 'review', pairColumn: '2', labelColumn: 'stars', labelSeparator: ';' } },
  ],
  [['--rare-labels', 'drop'], { dataset: { rareLabels: 'drop' } }],
  [['--example', 'tags'], { example: 'tags' }],
  [['--epochs', '3'], { epochs: 3 }],
  [['--base-model', 'model'], { baseModel: { folder: join(folder, 'model') } }],
  [['--model', 'model', '--data', 'cola'], { model: join(folder, 'model'), data: 'cola' }],
  [['--base-model', 'google/bert'], { baseModel: { id: 'google/bert' } }],
  [['--input', 'input.json'], { input: { training: { epochs: 2 } } }],
  [['--port', '0'], { port: 0 }],
  [['--fresh', '--once'], { fresh: true, once: true }],
])('understands %j', (args, expected) => {
  expect(parse(...args)).toMatchObject(expected);
});

it.each<[string[], boolean]>([
  [['--port', '0', '--once', '--fresh', '--accelerator', 'granted'], false],
  [['--data', 'cola'], true],
  [['--example', 'tags'], true],
  [['--test-data', 'data.csv'], true],
  [['--rare-labels', 'drop'], true],
  [['--epochs', '3'], true],
  [['--base-model', 'model'], true],
  [['--model', 'model'], true],
  [['--input', 'endpoint.json'], true],
])('knows of %j whether it says which model is wanted: %s', (args, expected) => {
  const options = parse(...args);
  expect(options && saysWhichModel(options)).toBe(expected);
});

it.each<[string[], string]>([
  [['--data', 'missing.csv'], '--data: there is no file or folder missing.csv.'],
  [['--test-data', 'missing.csv'], '--test-data: there is no file or folder missing.csv.'],
  [['--model', 'data.csv', '--text-column', 'a'], '--model trains nothing and goes without --text-column:'],
  [['--epochs', '0'], '--epochs must be a whole number from 1 to 100, not "0".'],
  [['--epochs', 'ten'], '--epochs must be a whole number from 1 to 100, not "ten".'],
  [['--port', '70000'], '--port must be a whole number from 0 to 65535, not "70000".'],
  [['--base-model', 'empty'], '--base-model: the folder empty holds no model: it has no config.json.'],
  [['--base-model', 'a;b'], '--base-model: a;b is neither a folder nor a Hugging Face model id.'],
  [
    ['--model', 'data.csv', '--epochs', '2'],
    '--model trains nothing and goes without --epochs: leave one of them out.',
  ],
  [['--input', 'endpoint.json', '--data', 'cola'], 'endpoint trains nothing and goes without --data:'],
  [['--example', 'cats'], '--example must be one of acceptability, departments, tags, paraphrase, not "cats".'],
  [
    ['--example', 'tags', '--data', 'cola'],
    '--example is data of its own and goes without --data: leave one of them out.',
  ],
  [['--input', 'endpoint.json', '--example', 'tags'], 'endpoint trains nothing and goes without --example:'],
  [['--model', 'data.csv', '--input', 'input.json'], '--model trains nothing and goes without training:'],
  [['--model', 'model', '--input', 'endpoint.json'], '--model trains nothing and goes without endpoint:'],
  [['--input', 'endpoint.json', '--base-model', 'model'], 'endpoint trains nothing and goes without --base-model:'],
  [['--model', 'missing.tar.gz'], '--model: there is no file missing.tar.gz.'],
  [['--input', 'list.json'], '--input: list.json must hold a JSON object.'],
  [['--input', 'broken.json'], '--input: broken.json is not JSON'],
  [['--what'], "Unknown option '--what'"],
  [['stray'], "Unexpected argument 'stray'"],
])('refuses %j', (args, message) => {
  expect(() => parse(...args)).toThrow(UsageError);
  expect(() => parse(...args)).toThrow(message);
});
