import { isNativeError } from 'node:util/types';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { InvalidDataset } from '../step-errors';
import { type DataFile, kindOf, kindWithin } from './data-file';

/**
 * Reads the one data file inside a zip.
 *
 * @param path where the zip is
 * @param name how messages name it
 * @param maximumBytes the most that the file inside it may have
 * @throws InvalidDataset when it is no zip, or has no data file, several, or one that is too large
 */
export async function openZip(path: string, name: string, maximumBytes: number): Promise<DataFile> {
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  try {
    const entry = chooseEntry(await listEntries(zip, name), name);
    if (entry.uncompressedSize > maximumBytes) {
      throw new InvalidDataset(
        `${name}: ${entry.fileName} has ${entry.uncompressedSize} bytes unpacked, more than the ${maximumBytes} allowed`,
      );
    }
    if (entry.isEncrypted()) {
      throw new InvalidDataset(`${name}: ${entry.fileName} is encrypted; pack it without a password`);
    }
    const format = kindOf(entry.fileName)?.format ?? 'csv';
    return { name: `${name}: ${entry.fileName}`, format, bytes: unpack(zip, entry, name) };
  } catch (error) {
    zip.close();
    throw error;
  }
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
  const candidates = entries.filter(({ fileName }) => kindWithin(fileName)?.isGzipped === false);
  const cola = candidates.filter(({ fileName }) => kindOf(fileName)?.format === 'cola');
  // CoLA's archive has the sentences as they were written (raw) and once more as tokens.
  const raw = cola.find(({ fileName }) => fileName.includes('raw/'));
  const [first, ...others] = raw ? [raw] : cola.length > 0 ? cola : candidates;
  if (first === undefined) {
    const found = entries.map(({ fileName }) => fileName).slice(0, 10);
    throw new InvalidDataset(
      `${name} has no .csv, .tsv, .jsonl, .parquet or .xlsx file, only ${found.length > 0 ? found.join(', ') : 'nothing at all'}`,
    );
  }
  if (others.length > 0) {
    const names = [first, ...others].map(({ fileName }) => fileName).slice(0, 10);
    throw new InvalidDataset(`${name} has several data files (${names.join(', ')}); pack the one to train on alone`);
  }
  return first;
}

/** The zip's own statement of the size is enforced while unpacking, so a bomb cannot understate it. */
async function* unpack(zip: ZipFile, entry: Entry, name: string): AsyncGenerator<Buffer> {
  try {
    const stream: AsyncIterable<Buffer> = await zip.openReadStreamPromise(entry);
    yield* stream;
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    zip.close();
  }
}

function unreadable(name: string, error: unknown): InvalidDataset {
  return new InvalidDataset(
    `${name} is not a sound zip file: ${isNativeError(error) ? error.message : String(error)}`,
    { cause: error },
  );
}
