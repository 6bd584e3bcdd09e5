import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isNativeError } from 'node:util/types';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { InvalidDataset } from '../shared/step-errors';
import { formatOf, type DataFile } from './data-file';

/**
 * Runs `use` on the one data file inside a zip. A zip's table of contents is at its end, so it goes to a temporary file
 * first.
 *
 * @param name how messages name the zip
 * @param maximumBytes the most that the zip, and the file inside it, may have
 * @throws InvalidDataset when it is no zip, or has no data file, several, or one that is too large
 */
export async function withZippedFile<Result>(
  bytes: AsyncIterable<Buffer>,
  name: string,
  maximumBytes: number,
  use: (file: DataFile) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'dataset-'));
  try {
    const path = join(folder, 'data.zip');
    await pipeline(Readable.from(atMost(bytes, name, maximumBytes)), createWriteStream(path));
    const zip = await open(path, name);
    try {
      return await use(await openEntry(zip, name, maximumBytes));
    } finally {
      zip.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function open(path: string, name: string): Promise<ZipFile> {
  try {
    return await openPromise(path, { autoClose: false });
  } catch (error) {
    throw unreadable(name, error);
  }
}

async function openEntry(zip: ZipFile, name: string, maximumBytes: number): Promise<DataFile> {
  const entry = chooseEntry(await listEntries(zip, name), name);
  if (entry.uncompressedSize > maximumBytes) {
    throw new InvalidDataset(
      `${name}: ${entry.fileName} has ${entry.uncompressedSize} bytes unpacked, more than the ${maximumBytes} allowed`,
    );
  }
  if (entry.isEncrypted()) {
    throw new InvalidDataset(`${name}: ${entry.fileName} is encrypted; pack it without a password`);
  }
  const format = formatOf(entry.fileName) ?? 'csv';
  return { name: `${name}: ${entry.fileName}`, format, bytes: unpack(zip, entry, name) };
}

async function listEntries(zip: ZipFile, name: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      entries.push(entry);
    }
  } catch (error) {
    throw unreadable(name, error);
  }
  return entries;
}

function chooseEntry(entries: readonly Entry[], name: string): Entry {
  const candidates = entries.filter(({ fileName }) => formatOf(fileName) !== undefined && !isHidden(fileName));
  const cola = candidates.filter(({ fileName }) => formatOf(fileName) === 'cola');
  // CoLA's archive has the sentences as they were written (raw) and once more as tokens.
  const raw = cola.find(({ fileName }) => fileName.includes('raw/'));
  const [first, ...others] = raw ? [raw] : cola.length > 0 ? cola : candidates;
  if (first === undefined) {
    const found = entries.map(({ fileName }) => fileName).slice(0, 10);
    throw new InvalidDataset(
      `${name} has no .csv or .tsv file, only ${found.length > 0 ? found.join(', ') : 'nothing at all'}`,
    );
  }
  if (others.length > 0) {
    const names = [first, ...others].map(({ fileName }) => fileName).slice(0, 10);
    throw new InvalidDataset(`${name} has several data files (${names.join(', ')}); pack the one to train on alone`);
  }
  return first;
}

/** macOS adds a shadow of every file to the zips it makes. */
function isHidden(path: string): boolean {
  return path.split('/').some((part) => part === '__MACOSX' || part.startsWith('.'));
}

/** The zip's own statement of the size is enforced while unpacking, so a bomb cannot understate it. */
async function* unpack(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Buffer> {
  try {
    const stream: AsyncIterable<Buffer> = await zip.openReadStreamPromise(entry);
    yield* stream;
  } catch (error) {
    throw unreadable(name, error);
  }
}

async function* atMost(bytes: AsyncIterable<Buffer>, name: string, maximum: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > maximum) {
      throw new InvalidDataset(`${name} has more than the ${maximum} bytes allowed`);
    }
    yield chunk;
  }
}

function unreadable(name: string, error: unknown): InvalidDataset {
  return new InvalidDataset(
    `${name} is not a sound zip file: ${isNativeError(error) ? error.message : String(error)}`,
    {
      cause: error,
    },
  );
}
