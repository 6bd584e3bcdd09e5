import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isNativeError } from 'node:util/types';
import { createGunzip } from 'node:zlib';
import { Parser } from 'tar';
import * as v from 'valibot';
import { InvalidArtifact } from '../errors';

const finite = v.pipe(v.number(), v.finite());

const metricsSchema = v.object({
  loss: finite,
  accuracy: finite,
  matthews_correlation: finite,
  macro_f1: finite,
  majority_class_accuracy: finite,
  rows: finite,
  labels: v.array(v.string()),
});

/** What training measured over the whole test split. */
export type Metrics = Omit<v.InferOutput<typeof metricsSchema>, 'labels'>;

/** What is worth knowing of a model.tar.gz. */
export interface Artifact {
  /** Of the archive's bytes. */
  readonly sha256: string;
  readonly metrics: Metrics;
  /** In the order of the model's label ids. */
  readonly labels: readonly string[];
}

const METRICS = 'metrics.json';
const REQUIRED = [METRICS, 'config.json', 'code/inference.py'];
const LARGEST_METRICS_BYTES = 10_000_000;

/**
 * Reads a model.tar.gz once, as a stream; only metrics.json is ever held in memory.
 *
 * @param uri how messages name the archive
 * @throws InvalidArtifact when it is no tar.gz, lacks a file that serving needs, or has unusable metrics
 */
export async function readArtifact(archive: Readable, uri: string): Promise<Artifact> {
  const sha256 = createHash('sha256');
  const found = new Set<string>();
  let metrics: Promise<Buffer> = Promise.resolve(Buffer.alloc(0));
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const path = entry.path.replace(/^\.\//, '');
      found.add(path);
      if (path === METRICS && entry.size <= LARGEST_METRICS_BYTES) {
        metrics = entry.concat();
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
  const missing = REQUIRED.filter((path) => !found.has(path));
  if (missing.length > 0) {
    throw invalid(uri, `has no ${missing.join(' and no ')} at its root`);
  }
  const { labels, ...numbers } = parseMetrics(await metrics, uri);
  return { sha256: sha256.digest('hex'), metrics: numbers, labels };
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

function parseMetrics(bytes: Buffer, uri: string): v.InferOutput<typeof metricsSchema> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw invalid(uri, `has a ${METRICS} that is not JSON`, error);
  }
  const result = v.safeParse(metricsSchema, value);
  if (!result.success) {
    const fields = result.issues.map((issue) => v.getDotPath(issue) ?? 'the whole');
    throw invalid(uri, `has a ${METRICS} in which these are missing or wrong: ${fields.join(', ')}`);
  }
  return result.output;
}

function invalid(uri: string, what: string, cause?: unknown): InvalidArtifact {
  return new InvalidArtifact(
    `${uri} ${what}; a model.tar.gz has ${REQUIRED.join(', ')} and the weights, as this pipeline's training writes it`,
    { cause },
  );
}
