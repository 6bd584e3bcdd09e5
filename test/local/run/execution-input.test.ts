import { mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import * as v from 'valibot';
import { makePlan } from '../../../lambda/plan/plan';
import { datasetFields } from '../../../lambda/shared/execution-input';
import { COLA_URL, type ConfiguredFields, parseConfiguration } from '../../../lib/configuration/configuration';
import { configuredDefaults } from '../../../lib/pipeline/configured-defaults';
import { ObjectStore } from '../../../local/aws/s3/object-store';
import { executionInput } from '../../../local/run/execution-input';
import { EXAMPLES, parseOptions, UsageError } from '../../../local/run/options';
import { codeBlocks, ROOT } from '../../docs/markdown';
import { SETTINGS } from '../../lambda/plan/plan-settings';

const folder = mkdtempSync(join(tmpdir(), 'execution-input-'));
const objects = new ObjectStore(join(folder, 'objects'));
const model = join(folder, 'model');
mkdirSync(model);
const put = (name: string, content: string) => {
  writeFileSync(join(model, name), content);
};

/** The execution's input for these options. */
async function inputOf(...args: string[]): Promise<Record<string, unknown>> {
  const options = parseOptions(args, folder);
  if (options === undefined) throw new Error('no options');
  const places = { root: folder, laptopModel: '', objects, dataBucket: 'data', artifactsBucket: 'artifacts' };
  return executionInput({ options, configured: {}, ...places });
}
/** The same in the project itself, beside what a configuration and a file of --input set. */
async function inputWith(
  configured: ConfiguredFields,
  args: string[],
  input: object = {},
): Promise<Record<string, unknown>> {
  writeFileSync(join(folder, 'input.json'), JSON.stringify(input));
  const options = parseOptions([...args, '--input', 'input.json'], folder);
  if (options === undefined) throw new Error('no options');
  const root = join(__dirname, '..', '..', '..');
  return executionInput({
    ...{ options, configured, root, laptopModel: model, objects, dataBucket: 'data', artifactsBucket: 'artifacts' },
  });
}
const inputFor = (...args: string[]) => inputOf(...args, '--base-model', model);

/** The keys of the files of a base model that was uploaded. */
async function filesOf(input: Record<string, unknown>): Promise<string[]> {
  const { baseModel } = input['training'] as { baseModel: string };
  const prefix = `${baseModel.replace('s3://data/', '')}/`;
  return (await objects.list('data', prefix)).map(({ key }) => key).sort();
}
const uploaded = async () => filesOf(await inputOf('--data', 'cola', '--base-model', model));
const names = (keys: string[]) => keys.map((key) => key.replace(/.*\//, ''));

beforeAll(async () => {
  await objects.createBucket('data');
  await objects.createBucket('artifacts');
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

it('brings an example along by its name, and the first one where nothing is named', async () => {
  const sourceOf = async (...args: string[]) => {
    const { dataset } = await inputWith({}, args);
    return (dataset as { source: string }).source;
  };
  for (const [name, file] of Object.entries(EXAMPLES)) {
    await expect(sourceOf('--example', name)).resolves.toMatch(new RegExp(`^s3://data/uploads/[0-9a-f]{12}/${file}$`));
  }
  await expect(sourceOf()).resolves.toBe(await sourceOf('--example', 'acceptability'));
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
  const link = (target: string) => (path: string) => {
    symlinkSync(target, path);
  };
  const keys = async (url: string) => (await objects.list('data', url.replace('s3://data/', ''))).map(({ key }) => key);

  const source = async (...args: string[]) =>
    ((await inputFor('--data', ...args))['dataset'] as { source: string }).source;

  it('is brought along with how to read it, a folder file by file', async () => {
    mkdirSync(join(folder, 'parts'));
    for (const name of ['b.csv', 'a.jsonl', 'test.csv', 'README.md', '.a.jsonl.swp.csv']) {
      writeFileSync(join(folder, 'parts', name), name);
    }
    const { dataset } = await inputFor('--data', 'parts', '--test-data', 'parts/test.csv', '--label-separator', ';');
    const { source, testSource, labelSeparator } = dataset as Record<string, string>;
    expect(source).toMatch(/^s3:\/\/data\/uploads\/\w{12}\/$/);
    expect(names(await keys(source ?? ''))).toEqual(['a.jsonl', 'b.csv', 'test.csv']);
    expect(testSource).toMatch(/^s3:\/\/data\/uploads\/\w{12}\/test\.csv$/);
    expect(labelSeparator).toBe(';');
  });

  it('of other content lies elsewhere', async () => {
    const before = await source('parts');
    expect(await source('parts')).toBe(before);
    writeFileSync(join(folder, 'parts', 'a.jsonl'), 'other');
    expect(await source('parts')).not.toBe(before);
  });

  it('keeps its names, whatever characters they have', async () => {
    const given = ['a b.csv', 'a-b.csv', 'a%20b+#?.csv', '中国.csv', '日本.csv'];
    mkdirSync(join(folder, 'named'));
    for (const name of given) {
      writeFileSync(join(folder, 'named', name), name);
    }
    expect(names(await keys(await source('named')))).toEqual([...given].sort());
    const single = await source('named/a b.csv');
    expect(single).toMatch(/^s3:\/\/data\/uploads\/\w{12}\/a b\.csv$/);
    expect(v.is(datasetFields.source, single)).toBe(true);
    expect(await objects.read('data', single.replace('s3://data/', ''))).toEqual(Buffer.from('a b.csv'));
  });

  it('is what lies in subfolders too, and where links lead; a subfolder by another name is other data', async () => {
    mkdirSync(join(folder, 'years', '2024'), { recursive: true });
    mkdirSync(join(folder, 'years', '.git'));
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'years', '2024', 'a.csv'), 'a');
    writeFileSync(join(folder, 'years', '.git', 'hidden.csv'), 'hidden');
    writeFileSync(join(folder, 'elsewhere', 'a.csv'), 'linked');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'years', '2025'));
    symlinkSync(join(folder, 'elsewhere', 'a.csv'), join(folder, 'years', 'link.csv'));
    const before = await source('years');
    const below = (await keys(before)).map((key) => `s3://data/${key}`.slice(before.length));
    expect(below).toEqual(['2024/a.csv', '2025/a.csv', 'link.csv']);
    renameSync(join(folder, 'years', '2024'), join(folder, 'years', '2023'));
    expect(await source('years')).not.toBe(before);
  });

  it.each([
    ['a folder without a data file', writeFileSync, 'notes.md', 'There is no data file'],
    ['a link that leads nowhere', link('gone.csv'), 'x.csv', 'leads nowhere: remove it'],
    ['a link back', link('..'), 'back', 'leads back to a folder that it is in'],
  ])('is refused where it is %s, by its own name', async (_, make, name, problem) => {
    const place = mkdtempSync(join(folder, 'refused-'));
    mkdirSync(join(place, 'in'));
    make(join(place, 'in', name), '');
    const refused = source(place);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(problem);
    await expect(refused).rejects.toThrow(place);
  });

  it('is refused where its name does not tell what it is', async () => {
    writeFileSync(join(folder, 'labels'), 'text,label');
    await expect(source('labels')).rejects.toThrow(`${join(folder, 'labels')} is no data file by its name`);
  });
});

describe('--model', () => {
  const archive = async (name: string, cwd: string, entry = '.') => {
    await create({ file: join(folder, name), cwd, gzip: true }, [entry]);
    return name;
  };

  it.each<[string, () => Promise<string> | string]>([
    ['a folder', () => model],
    ['an archive', () => archive('plain.tar.gz', model)],
    ['an archive of the folder itself', () => archive('folder.tar.gz', folder, 'model')],
  ])('exports a finished classifier that is %s, and waives the gate where nothing measures it', async (_, path) => {
    const input = await inputOf('--model', await path());
    expect(input).toEqual({
      training: { baseModel: expect.stringMatching(/^s3:/) as string, epochs: 0, maxLength: 512 },
      gate: { waived: true },
    });
    expect(names(await filesOf(input))).toEqual(names(await uploaded()));
  });

  it('measures one by data', async () => {
    const input = await inputOf('--model', model, '--data', 'https://a.example/b.csv');
    expect(input).toMatchObject({ dataset: { source: 'https://a.example/b.csv' }, training: { epochs: 0 } });
    expect(input).not.toHaveProperty('gate');
  });

  it('serves what this pipeline trained as it is, archive or folder', async () => {
    const own = join(folder, 'own');
    mkdirSync(join(own, 'code'), { recursive: true });
    writeFileSync(join(own, 'config.json'), '{}');
    writeFileSync(join(own, 'code', 'inference.py'), '');
    const served = {
      modelDataUrl: expect.stringMatching(/^s3:\/\/artifacts\/uploads\/\w+\/model\.tar\.gz$/) as string,
    };
    expect(await inputOf('--model', await archive('own.tar.gz', own))).toEqual(served);
    const input = await inputOf('--model', own);
    expect(input).toEqual(served);
    // The same folder is the same model.
    expect(await inputOf('--model', own)).toEqual(input);
    await expect(inputOf('--model', own, '--data', 'cola')).rejects.toThrow('goes without --data');
  });

  it('leaves what is no archive for the pipeline to refuse, and refuses a folder without a model', async () => {
    writeFileSync(join(folder, 'broken.tar.gz'), 'not an archive');
    expect(await inputOf('--model', 'broken.tar.gz')).toHaveProperty('modelDataUrl');
    mkdirSync(join(folder, 'empty'));
    await expect(inputOf('--model', 'empty')).rejects.toThrow('holds no model: it has no config.json');
  });
});

describe('the small base model', () => {
  const training = async (...given: Parameters<typeof inputWith>) =>
    (await inputWith(...given))['training'] as Record<string, unknown>;
  const batchSize = async (args: string[], input?: object) => (await training({}, args, input))['batchSize'];

  it('learns the sample in few steps, and other data in more', async () => {
    expect(await batchSize([])).toBe(64);
    expect(await batchSize(['--example', 'acceptability'])).toBe(64);
    expect(await batchSize(['--example', 'acceptability'], { dataset: { source: 's3://data/mine.csv' } })).toBe(64);
    expect(await batchSize(['--example', 'tags'])).toBe(16);
    expect(await batchSize(['--data', 'parts'])).toBe(16);
    expect(await batchSize([], { dataset: { source: 's3://data/mine.csv' } })).toBe(16);
    expect(await batchSize(['--example', 'tags'], { training: { batchSize: 8 } })).toBe(8);
  });

  it('has of its recipe what the configuration does not set, and gives way to a configured one', async () => {
    const tuned = await training({ training: { batchSize: 8, epochs: 3 } }, []);
    expect(tuned).toEqual({ baseModel: expect.stringMatching(/^s3:/) as string, learningRate: 2e-4 });
    expect(await training({ training: { baseModel: 'google/bert' } }, ['--epochs', '3'])).toEqual({ epochs: 3 });
    expect(await training({ training: { baseModel: 'google/bert' } }, ['--base-model', 'other/bert'])).toEqual({
      baseModel: 'other/bert',
    });
  });
});

describe('what the local run sets', () => {
  it('gives way to what the configuration sets', async () => {
    const configured: ConfiguredFields = {
      dataset: { source: 's3://bucket/mine.csv' },
      training: { baseModel: 'google/bert', maxLength: 64 },
      report: { mistakes: 'rows' },
    };
    expect(await inputWith(configured, [])).toEqual({ dataset: {}, training: {}, report: {} });
    expect(await inputWith(configured, ['--model', model])).toMatchObject({
      training: { baseModel: expect.stringMatching(/^s3:/) as string, epochs: 0 },
    });
    expect((await inputWith(configured, ['--model', model]))['training']).not.toHaveProperty('maxLength');
  });

  it('gives way to the file of --input, and that to the options', async () => {
    const configured: ConfiguredFields = { dataset: { source: 's3://bucket/configured.csv' } };
    const input = {
      dataset: {
        source: 's3://bucket/mine.csv',
        testSource: 's3://bucket/test.csv',
        textColumn: 'a',
        labelColumn: 'b',
      },
      training: { epochs: 2, batchSize: 4 },
      report: { mistakes: 'rows' },
    };
    expect(await inputWith(configured, [], input)).toMatchObject(input);
    const options = ['--text-column', 'c', '--epochs', '3'];
    for (const [args, source] of [
      [['--data', 'cola'], COLA_URL],
      [['--data', 'https://a.example/b.csv'], 'https://a.example/b.csv'],
      [['--example', 'tags'], expect.stringMatching(/\/tags\.jsonl$/) as string],
    ] as const) {
      const { dataset, training } = await inputWith(configured, [...args, ...options], input);
      expect(dataset).toEqual({ source, textColumn: 'c', labelColumn: 'b' });
      expect(training).toMatchObject({ epochs: 3, batchSize: 4 });
    }
  });

  it('is the corpus CoLA for --data cola, whatever is configured', async () => {
    const { dataset } = await inputWith({ dataset: { source: 's3://bucket/mine.csv' } }, ['--data', 'cola']);
    expect(dataset).toEqual({ source: COLA_URL });
  });

  it.each(['dataset', 'training', 'report'])('leaves a wrong section %s for the pipeline to refuse', async (name) => {
    expect(await inputWith({}, [], { [name]: [1] })).toMatchObject({ [name]: [1] });
  });
});

it('trains candidates one after the other, wherever they and another number are set', async () => {
  const candidates = [{ seed: 1 }, { seed: 2 }];
  const training = async (...given: Parameters<typeof inputWith>) => (await inputWith(...given))['training'];
  expect(await training({}, [], { training: { candidates } })).toMatchObject({ candidates, maxConcurrency: 1 });
  expect(await training({}, [], { training: { candidates, maxConcurrency: 2 } })).toMatchObject({ maxConcurrency: 1 });
  expect(await training({ training: { candidates } }, [])).toMatchObject({ maxConcurrency: 1 });
  expect(await training({}, [], { training: { seed: 1 } })).not.toHaveProperty('maxConcurrency');
});

describe('candidates beside the small base model', () => {
  const SMALL = expect.stringMatching(/^s3:/) as string;
  const training = async (candidates: object[], others: object = {}, args: string[] = []) =>
    (await inputWith({}, args, { training: { candidates, ...others } }))['training'];

  it('train by its recipe, but for those with a base model of their own, which train as configured', async () => {
    const candidates = [{}, { learningRate: 0.001 }, { baseModel: 'google/bert', batchSize: 8 }];
    expect(await training(candidates)).toEqual({
      ...{ baseModel: SMALL, maxConcurrency: 1 },
      candidates: [
        { epochs: 7, batchSize: 64, learningRate: 2e-4 },
        { epochs: 7, batchSize: 64, learningRate: 0.001 },
        { baseModel: 'google/bert', batchSize: 8 },
      ],
    });
    const one = { epochs: 7, batchSize: 64, learningRate: 2e-4, candidates: candidates.slice(0, 2) };
    expect(await training(candidates.slice(0, 2))).toEqual({ baseModel: SMALL, maxConcurrency: 1, ...one });
  });

  it('all have what the input, the options or the configuration set', async () => {
    const candidates = [{}, { baseModel: 'google/bert' }];
    expect(await training(candidates, { batchSize: 8 }, ['--epochs', '3'])).toEqual({
      ...{ baseModel: SMALL, batchSize: 8, epochs: 3, maxConcurrency: 1 },
      candidates: [{ learningRate: 2e-4 }, { baseModel: 'google/bert' }],
    });
    const configured = await inputWith({ training: { candidates, learningRate: 1e-5 } }, ['--example', 'tags']);
    expect(configured['training']).toEqual({
      ...{ baseModel: SMALL, maxConcurrency: 1 },
      candidates: [{ batchSize: 16 }, { baseModel: 'google/bert' }],
    });
  });

  it('that are none are left for the pipeline to refuse', async () => {
    expect(await training([1, { baseModel: 'google/bert' }] as object[])).toMatchObject({
      candidates: [1, { baseModel: 'google/bert' }],
    });
    expect(await inputWith({}, [], { training: { candidates: {} } })).toMatchObject({ training: { candidates: {} } });
  });
});

describe('the inputs with candidates that the documentation shows', () => {
  const EXAMPLE = join('examples', 'execution-inputs', 'candidates.json');
  const shown = [
    { where: EXAMPLE, content: readFileSync(join(ROOT, EXAMPLE), 'utf8') },
    ...codeBlocks(join('docs', 'candidates.md')).filter(({ kind }) => kind === 'input'),
  ];
  const settings = { ...SETTINGS, defaults: configuredDefaults(parseConfiguration({})) };

  it.each<[string, (input: object) => Promise<object>]>([
    ['on AWS, by the configured defaults', (input) => Promise.resolve(input)],
    ['on a laptop, by the recipe of the sample', (input) => inputWith({}, [], input)],
    ['on a laptop, by that of other data', (input) => inputWith({}, ['--data', 'cola'], input)],
  ])('are planned %s', async (_, inputFrom) => {
    expect(shown.length).toBeGreaterThan(1);
    for (const { content } of shown) {
      const input = JSON.parse(content) as { training: { candidates: object[] } };
      const { training } = await makePlan(await inputFrom(input), 'run-1', settings);
      expect(training.candidates).toHaveLength(input.training.candidates.length);
    }
  });
});
