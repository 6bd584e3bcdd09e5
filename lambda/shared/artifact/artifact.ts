import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isNativeError } from 'node:util/types';
import { createGunzip } from 'node:zlib';
import { Parser } from 'tar';
import * as v from 'valibot';
import type { Evaluation } from '../evaluation';
import { LONGEST_LABEL_BYTES, MOST_LABELS } from '../labels';
import { type Reference, referenceSchema } from '../reference';
import { InvalidArtifact } from '../step-errors';
import { detailsSchema, evaluationOf } from './evaluation';

const finite = v.pipe(v.number(), v.finite());

const metricsSchema = v.object({
  loss: finite,
  accuracy: finite,
  matthews_correlation: finite,
  micro_f1: v.optional(finite),
  macro_f1: finite,
  majority_class_accuracy: finite,
  rows: finite,
});

/** What metrics.json says of the weights as they were trained; older training leaves it out. */
const fp32Schema = v.object({
  fp32: v.nullish(v.object({ ...metricsSchema.entries, calibration_error: v.optional(finite) }), null),
});

/** The most of `warnings` that the state machine carries, and the length of each in characters. */
const MOST_WARNINGS = 20;
const LONGEST_WARNING = 500;

/** The most of `runtimes` that the state machine carries. */
const MOST_RUNTIMES = 10;

/** What metrics.json says besides the metrics, which there are none of over 0 rows. */
const reportSchema = v.object({
  rows: v.unknown(),
  serving: v.optional(v.object({ format: v.pipe(v.string(), v.maxLength(100)) })),
  warnings: v.optional(v.array(v.string()), []),
});

/** What training measured over the whole test split. */
export type Metrics = v.InferOutput<typeof metricsSchema>;

/** The same of the weights as they were trained, with what their scores are off by. */
export type Fp32Metrics = NonNullable<v.InferOutput<typeof fp32Schema>['fp32']>;

/** What is worth knowing of a Transformers model's config.json. */
const configSchema = v.object({
  model_type: v.pipe(v.string(), v.maxLength(100)),
  id2label: v.optional(v.record(v.string(), v.string()), {}),
  problem_type: v.nullish(v.string()),
  text_pair: v.optional(v.boolean(), false),
  overflow: v.optional(v.string(), 'truncate'),
});

/** Of what a tokenizer says of itself, where it cuts. */
const tokenizerSchema = v.object({ model_max_length: v.nullish(finite, null) });

/** What is worth knowing of a model.tar.gz. */
export interface Artifact {
  /** Of the archive's bytes. */
  readonly sha256: string;
  /** Weights as training saves them, or a model that is traced for an accelerator. */
  readonly format: 'safetensors' | 'torchscript';
  /** Of the unpacked weights. */
  readonly weightsBytes: number;
  /** The architecture, e.g. `bert`. */
  readonly modelType: string;
  /** Whether it classifies pairs of texts. */
  readonly pairs: boolean;
  /** Whether it reads long texts in windows. */
  readonly inWindows: boolean;
  /**
   * Of the very file that serves on a CPU. Null for an artifact without any: not made by this pipeline's training, or of
   * a model that was measured by no row.
   */
  readonly metrics: Metrics | null;
  /** Of the weights as they were trained, where a CPU serves another form of them; null also where nobody has measured. */
  readonly fp32: Fp32Metrics | null;
  /** What is behind the metrics, label by label and step by step; null where there are none. */
  readonly evaluation: Evaluation | null;
  /** Whether there is a model.onnx, which answers several times faster on a CPU than PyTorch. */
  readonly hasOnnx: boolean;
  /**
   * What the onnxruntime in it was built for, interpreter and platform, such as `cp312-linux_x86_64`; of many, the first.
   *
   * @see training-code/source/engines.py
   */
  readonly runtimes: readonly string[];
  /** What serves on a CPU, as training has it: `onnx int8`, `onnx fp32` or `torch fp32`; null where it does not say. */
  readonly servingFormat: string | null;
  /** What training said of the model, a sentence each; of many, the first. */
  readonly warnings: readonly string[];
}

const METRICS = 'metrics.json';
const CONFIG = 'config.json';
const REFERENCE = 'reference.json';
const TOKENIZER = 'tokenizer_config.json';
const REQUIRED = [CONFIG, 'code/inference.py'];
const WEIGHTS = [
  ['torchscript', /^model\.pt$/],
  ['safetensors', /^model\S*\.safetensors$/],
] as const;
const RUNTIME = /^code\/lib\/(cp\d+-[\w.]{1,50})\/onnxruntime\//;
const LARGEST_JSON_BYTES = 10_000_000;
/** What SageMaker would unpack as a file or folder of the model's own. */
const PLAIN_TYPES = ['File', 'OldFile', 'ContiguousFile', 'Directory'];

/**
 * Reads a model.tar.gz once, as a stream; only its small JSON files are ever held in memory.
 *
 * @param uri how messages name the archive
 * @throws InvalidArtifact when it is no tar.gz, lacks a file that serving needs, has an entry
 * that is no file within it, or an unusable config.json, metrics.json, reference.json or tokenizer_config.json
 */
export async function readArtifact(
  archive: Readable,
  uri: string,
): Promise<{
  readonly artifact: Artifact;
  /** In the order of their ids; too many for what states carry. */
  readonly labels: readonly string[];
  /** Whether a text may have several of them. */
  readonly severalLabels: boolean;
  /** Of a text, the tokens that it reads at once; null where the artifact does not say. */
  readonly maxLength: number | null;
  /** Undefined for an artifact without any. */
  readonly reference?: Reference;
}> {
  const sha256 = createHash('sha256');
  const sizes = new Map<string, number>();
  const contents = new Map<string, Promise<Buffer>>();
  const outside: string[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const path = entry.path.replace(/^\.\//, '');
      if (path.startsWith('/') || path.split('/').includes('..') || !PLAIN_TYPES.includes(entry.type)) {
        outside.push(`${JSON.stringify(path.slice(0, 200))} (${entry.type})`);
      }
      sizes.set(path, entry.size);
      if ([METRICS, CONFIG, REFERENCE, TOKENIZER].includes(path) && entry.size <= LARGEST_JSON_BYTES) {
        contents.set(path, entry.concat());
      } else {
        entry.resume();
      }
    },
  });
  try {
    await pipeline(
      archive,
      tap((chunk) => sha256.update(chunk)),
      createGunzip(),
      parser,
    );
  } catch (error) {
    throw isArchiveError(error) ? invalid(uri, `is not a sound tar.gz archive (${error.message})`, error) : error;
  }
  if (outside.length > 0) {
    throw invalid(uri, `has the entry ${outside[0]}, which is no file or folder within it`);
  }
  const missing = REQUIRED.filter((path) => !sizes.has(path));
  if (missing.length > 0) {
    throw invalid(uri, `has no ${missing.join(' and no ')} at its root`);
  }
  const weights = WEIGHTS.map(([format, pattern]) => ({
    format,
    weightsBytes: sum([...sizes].filter(([path]) => pattern.test(path)).map(([, size]) => size)),
  })).find(({ weightsBytes }) => weightsBytes > 0);
  if (weights === undefined) {
    throw invalid(uri, 'has neither model.safetensors nor model.pt at its root');
  }
  const config = parseJson(configSchema, CONFIG, await contents.get(CONFIG), uri);
  assertLabels(Object.entries(config.id2label), uri);
  const tokenizer = await contents.get(TOKENIZER);
  const bytes = await contents.get(METRICS);
  const report = sizes.has(METRICS) ? parseJson(reportSchema, METRICS, bytes, uri) : undefined;
  const isMeasured = report !== undefined && report.rows !== 0;
  const servingFormat = report?.serving?.format ?? null;
  // Where fp32 serves anyway, its own metrics differ by rounding alone.
  const hasFp32 = isMeasured && servingFormat?.endsWith('fp32') !== true;
  return {
    artifact: {
      sha256: sha256.digest('hex'),
      ...weights,
      modelType: config.model_type,
      pairs: config.text_pair,
      inWindows: config.overflow === 'window',
      metrics: isMeasured ? parseJson(metricsSchema, METRICS, bytes, uri) : null,
      fp32: hasFp32 ? parseJson(fp32Schema, METRICS, bytes, uri).fp32 : null,
      evaluation: isMeasured ? evaluationOf(parseJson(detailsSchema, METRICS, bytes, uri)) : null,
      hasOnnx: sizes.has('model.onnx'),
      runtimes: [...new Set([...sizes.keys()].flatMap((path) => RUNTIME.exec(path)?.[1] ?? []))].slice(
        0,
        MOST_RUNTIMES,
      ),
      servingFormat,
      warnings: (report?.warnings ?? []).slice(0, MOST_WARNINGS).map((warning) => warning.slice(0, LONGEST_WARNING)),
    },
    labels: Object.entries(config.id2label)
      .sort(([one], [other]) => Number(one) - Number(other))
      .map(([, label]) => label),
    severalLabels: config.problem_type === 'multi_label_classification',
    maxLength: tokenizer === undefined ? null : parseJson(tokenizerSchema, TOKENIZER, tokenizer, uri).model_max_length,
    ...(sizes.has(REFERENCE) && {
      reference: parseJson(referenceSchema, REFERENCE, await contents.get(REFERENCE), uri),
    }),
  };
}

function assertLabels(labels: readonly (readonly [id: string, label: string])[], uri: string): void {
  if (labels.length > MOST_LABELS) {
    throw invalid(uri, `has ${labels.length} labels in ${CONFIG}, of which ${MOST_LABELS} are allowed`);
  }
  const tooLong = labels.find(([, label]) => Buffer.byteLength(label) > LONGEST_LABEL_BYTES);
  if (tooLong !== undefined) {
    const id = tooLong[0].slice(0, 10);
    throw invalid(uri, `has an id2label.${id} in ${CONFIG} of more than ${LONGEST_LABEL_BYTES} bytes`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function tap(look: (chunk: Buffer) => void) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      look(chunk);
      yield chunk;
    }
  };
}

/** What zlib and tar say of bytes that they cannot read; anything else is a fault of the transfer. */
function isArchiveError(error: unknown): error is Error {
  return isNativeError(error) && 'code' in error && /^(?:Z|TAR)_/.test(String(error.code));
}

function parseJson<Schema extends v.GenericSchema>(
  schema: Schema,
  file: string,
  bytes: Buffer | undefined,
  uri: string,
): v.InferOutput<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(bytes?.toString() ?? '');
  } catch (error) {
    throw invalid(uri, `has a ${file} that is not JSON`, error);
  }
  const result = v.safeParse(schema, value);
  if (!result.success) {
    const fields = result.issues.map((issue) => v.getDotPath(issue) ?? 'the whole');
    throw invalid(uri, `has a ${file} in which these are missing or wrong: ${fields.join(', ')}`);
  }
  return result.output;
}

function invalid(uri: string, what: string, cause?: unknown): InvalidArtifact {
  return new InvalidArtifact(
    `${uri} ${what}; a model.tar.gz has ${REQUIRED.join(', ')}, ${METRICS} and the weights, as this pipeline's training writes ` +
      'it; of a model of other origin, its files in a folder of S3, as training.baseModel with training.epochs 0, it makes one',
    { cause },
  );
}
