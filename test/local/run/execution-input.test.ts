import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectStore } from '../../../local/aws/s3/object-store';
import { executionInput } from '../../../local/run/execution-input';
import { parseOptions } from '../../../local/run/options';

const folder = mkdtempSync(join(tmpdir(), 'execution-input-'));
const objects = new ObjectStore(join(folder, 'objects'));
const model = join(folder, 'model');
mkdirSync(model);
const put = (name: string, content: string) => {
  writeFileSync(join(model, name), content);
};

async function inputFor(...args: string[]): Promise<Record<string, unknown>> {
  const options = parseOptions([...args, '--base-model', model], folder);
  if (options === undefined) throw new Error('no options');
  return executionInput({
    options,
    root: folder,
    laptopModel: '',
    objects,
    dataBucket: 'data',
    artifactsBucket: 'artifacts',
  });
}

/** The uploaded files of the base model, by their keys. */
async function uploaded(): Promise<string[]> {
  const input = await inputFor('--data', 'cola');
  const { baseModel } = input['training'] as { baseModel: string };
  const prefix = `${baseModel.replace('s3://data/', '')}/`;
  return (await objects.list('data', prefix)).map(({ key }) => key).sort();
}
const names = (keys: string[]) => keys.map((key) => key.replace(/.*\//, ''));

beforeAll(async () => {
  await objects.createBucket('data');
  put('config.json', '{"model_type": "bert"}');
});

it('brings a base model along with its weights, in parts too, and every kind of tokenizer', async () => {
  const read = [
    'config.json',
    'merges.txt',
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
    'pytorch_model-00001-of-00001.bin',
    'pytorch_model.bin.index.json',
    'sentencepiece.bpe.model',
    'special_tokens_map.json',
    'spiece.model',
    'spm.model',
    'tokenizer.json',
    'tokenizer_config.json',
    'vocab.json',
    'vocab.txt',
  ];
  for (const name of [
    ...read.slice(1),
    'README.md',
    'tf_model.h5',
    'model.onnx',
    'optimizer.pt',
    'training_args.bin',
  ]) {
    put(name, name);
  }
  expect(names(await uploaded())).toEqual(read);
});

it('is another base model where only its weights are others', async () => {
  const before = await uploaded();
  expect(await uploaded()).toEqual(before);
  put('model-00002-of-00002.safetensors', 'other weights');
  const after = await uploaded();
  expect(names(after)).toEqual(names(before));
  expect(after[0]).not.toBe(before[0]);
});

describe('data', () => {
  const keys = async (url: string) => (await objects.list('data', url.replace('s3://data/', ''))).map(({ key }) => key);

  it('is brought along with how to read it, a folder file by file', async () => {
    mkdirSync(join(folder, 'parts'));
    for (const name of ['b 1.csv', 'a.jsonl', 'test.csv']) {
      writeFileSync(join(folder, 'parts', name), name);
    }
    const { dataset } = await inputFor('--data', 'parts', '--test-data', 'parts/test.csv', '--label-separator', ';');
    const { source, testSource, labelSeparator } = dataset as Record<string, string>;
    expect(source).toMatch(/^s3:\/\/data\/uploads\/\w{12}\/$/);
    expect(names(await keys(source ?? ''))).toEqual(['a.jsonl', 'b-1.csv', 'test.csv']);
    expect(testSource).toMatch(/^s3:\/\/data\/uploads\/\w{12}\/test\.csv$/);
    expect(labelSeparator).toBe(';');
  });

  it('of other content lies elsewhere', async () => {
    const source = async () => ((await inputFor('--data', 'parts'))['dataset'] as { source: string }).source;
    const before = await source();
    expect(await source()).toBe(before);
    writeFileSync(join(folder, 'parts', 'a.jsonl'), 'other');
    expect(await source()).not.toBe(before);
  });
});
