import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Accelerators } from '../aws/sagemaker/hosting';

/** What `npm start --` was asked for. */
export interface Options {
  /** A file, a folder, a URL, or `cola`. Undefined: the example. */
  readonly data: DataOption | 'cola' | undefined;
  /** Undefined: acceptability. */
  readonly example: Example | undefined;
  /** A test split of one's own. */
  readonly testData: DataOption | undefined;
  /** How to read both, by the names of the execution's input. */
  readonly dataset: Readonly<Partial<Record<DatasetField, string>>>;
  readonly epochs: number | undefined;
  /** A folder, or a Hugging Face model id. Undefined: the small model that the environment brings. */
  readonly baseModel: { readonly folder: string } | { readonly id: string } | undefined;
  /** A model.tar.gz or a folder, of this pipeline's training or of Hugging Face's files alone, to serve as it is. */
  readonly model: string | undefined;
  /** Input of the execution, over which the options above win. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Undefined: as in the last run, at first refused. */
  readonly accelerator: Accelerators | undefined;
  readonly port: number;
  /** Starts over: forgets what earlier runs left. */
  readonly fresh: boolean;
  /** Stops after the pipeline. */
  readonly once: boolean;
}

/** Files on this machine, or something elsewhere. */
export type DataOption = { readonly path: string } | { readonly url: string };

/** Options that are fields of `dataset` in the execution's input, whose checks they have. */
const DATASET_OPTIONS = {
  'text-column': 'textColumn',
  'pair-column': 'pairColumn',
  'label-column': 'labelColumn',
  'label-separator': 'labelSeparator',
  'rare-labels': 'rareLabels',
} as const;

type DatasetOption = keyof typeof DATASET_OPTIONS;
type DatasetField = (typeof DATASET_OPTIONS)[DatasetOption];

/** The files in the folder examples, by what they are called on the command line. */
export const EXAMPLES = {
  acceptability: 'acceptability.csv',
  departments: 'departments.csv',
  tags: 'tags.jsonl',
  paraphrase: 'paraphrase.csv',
} as const;

export type Example = keyof typeof EXAMPLES;

/** A fault of the command line; its message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULT_PORT = 8080;

/** A file of its own, as launch.mjs shows it before there is anything to run TypeScript with. */
export const HELP = readFileSync(join(__dirname, 'help.txt'), 'utf8');

function wholeNumber(option: string, value: string | undefined, minimum: number, maximum: number): number | undefined {
  if (value === undefined) {
    return undefined;
  }
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < minimum || number > maximum) {
    throw new UsageError(
      `--${option} must be a whole number from ${minimum} to ${maximum}, not ${JSON.stringify(value)}.`,
    );
  }
  return number;
}

function existingPath(option: string, value: string, workingDirectory: string): string {
  const path = resolve(workingDirectory, value);
  if (!existsSync(path)) {
    throw new UsageError(`--${option}: there is no file ${value}.`);
  }
  return path;
}

/** @throws UsageError */
export function existingFile(option: string, value: string, workingDirectory: string): string {
  const file = existingPath(option, value, workingDirectory);
  if (!statSync(file).isFile()) {
    throw new UsageError(`--${option}: ${value} is not a file.`);
  }
  return file;
}

function parseData(option: string, value: string | undefined, workingDirectory: string): DataOption | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (/^https?:\/\//.test(value)) {
    return { url: value };
  }
  const path = resolve(workingDirectory, value);
  if (!existsSync(path)) {
    throw new UsageError(`--${option}: there is no file or folder ${value}.`);
  }
  return { path };
}

function parseBaseModel(value: string | undefined, workingDirectory: string): Options['baseModel'] {
  if (value === undefined) {
    return undefined;
  }
  const folder = resolve(workingDirectory, value);
  if (existsSync(folder)) {
    if (!existsSync(resolve(folder, 'config.json'))) {
      throw new UsageError(`--base-model: the folder ${value} holds no model: it has no config.json.`);
    }
    return { folder };
  }
  if (!/^[\w.-]+(?:\/[\w.-]+)?$/.test(value)) {
    throw new UsageError(`--base-model: ${value} is neither a folder nor a Hugging Face model id.`);
  }
  return { id: value };
}

function parseAccelerator(value: string | undefined): Options['accelerator'] {
  if (value !== undefined && value !== 'refused' && value !== 'granted') {
    throw new UsageError(`--accelerator must be refused or granted, not ${JSON.stringify(value)}.`);
  }
  return value;
}

/**
 * What a file of `--input` holds.
 *
 * @throws UsageError for what is no JSON
 */
export function parsedInput(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--input: ${file} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function parseInput(value: string | undefined, workingDirectory: string): Options['input'] {
  if (value === undefined) {
    return {};
  }
  const input = parsedInput(value, readFileSync(existingFile('input', value, workingDirectory), 'utf8'));
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new UsageError(`--input: ${value} must hold a JSON object.`);
  }
  return { ...input };
}

/**
 * @param workingDirectory what relative paths are relative to
 * @returns undefined when help was asked for
 * @throws UsageError
 */
export function parseOptions(args: readonly string[], workingDirectory: string): Options | undefined {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        example: { type: 'string' },
        'test-data': { type: 'string' },
        'text-column': { type: 'string' },
        'pair-column': { type: 'string' },
        'label-column': { type: 'string' },
        'label-separator': { type: 'string' },
        'rare-labels': { type: 'string' },
        epochs: { type: 'string' },
        'base-model': { type: 'string' },
        model: { type: 'string' },
        input: { type: 'string' },
        accelerator: { type: 'string' },
        port: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        once: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(
      `${error instanceof Error ? error.message : String(error)} (npm start -- --help lists the options)`,
    );
  }
  if (values.help) {
    return undefined;
  }
  const options: Options = {
    data: values.data === 'cola' ? 'cola' : parseData('data', values.data, workingDirectory),
    example: parseExample(values.example),
    testData: parseData('test-data', values['test-data'], workingDirectory),
    dataset: datasetFields(values),
    epochs: wholeNumber('epochs', values.epochs, 1, 100),
    baseModel: parseBaseModel(values['base-model'], workingDirectory),
    model: values.model === undefined ? undefined : existingPath('model', values.model, workingDirectory),
    input: parseInput(values.input, workingDirectory),
    accelerator: parseAccelerator(values.accelerator),
    port: wholeNumber('port', values.port, 0, 65_535) ?? DEFAULT_PORT,
    fresh: values.fresh,
    once: values.once,
  };
  refuseContradictions(options);
  return options;
}

function datasetFields(values: Partial<Record<DatasetOption, string>>): Options['dataset'] {
  const given = Object.entries(DATASET_OPTIONS) as [DatasetOption, DatasetField][];
  return Object.fromEntries(
    given.flatMap(([option, field]) => (values[option] === undefined ? [] : [[field, values[option]]])),
  );
}

function parseExample(value: string | undefined): Example | undefined {
  if (value !== undefined && !Object.hasOwn(EXAMPLES, value)) {
    throw new UsageError(`--example must be one of ${Object.keys(EXAMPLES).join(', ')}, not ${JSON.stringify(value)}.`);
  }
  return value as Example | undefined;
}

/** Whether any option says which model is wanted; the others say how it is served, and for how long. */
export function saysWhichModel({
  data,
  example,
  testData,
  dataset,
  epochs,
  baseModel,
  model,
  input,
}: Options): boolean {
  return (
    [data, example, testData, epochs, baseModel, model].some((option) => option !== undefined) ||
    Object.keys({ ...dataset, ...input }).length > 0
  );
}

/** What is served without training has no use for what is trained on, and how. */
function refuseContradictions({ model, data, example, testData, dataset, epochs, baseModel, input }: Options): void {
  if (data !== undefined && example !== undefined) {
    throw new UsageError('--example is data of its own and goes without --data: leave one of them out.');
  }
  const served = model === undefined ? ['modelDataUrl', 'endpoint'].find((field) => field in input) : '--model';
  const ofData = {
    '--data': data,
    '--example': example,
    '--test-data': testData,
    ...Object.fromEntries(Object.entries(DATASET_OPTIONS).map(([option, field]) => [`--${option}`, dataset[field]])),
  };
  const others = {
    // A finished classifier is measured by them.
    ...(model !== undefined && data !== undefined ? {} : ofData),
    '--epochs': epochs,
    '--base-model': baseModel,
    ...(model !== undefined && {
      dataset: input['dataset'],
      training: input['training'],
      modelDataUrl: input['modelDataUrl'],
      endpoint: input['endpoint'],
    }),
  };
  const [other] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (served !== undefined && other !== undefined) {
    throw new UsageError(`${served} trains nothing and goes without ${other}: leave one of them out.`);
  }
}
