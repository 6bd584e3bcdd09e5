import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InvalidDataset } from '../step-errors';

/**
 * Stores what can only be read as a file: what a zip, a Parquet file or a workbook has where is at its end.
 *
 * @param name how messages name what is stored
 * @throws InvalidDataset when it has more bytes than allowed
 */
export async function storeFile(
  bytes: AsyncIterable<Buffer>,
  path: string,
  name: string,
  maximumBytes: number,
): Promise<void> {
  await pipeline(Readable.from(atMost(bytes, name, maximumBytes)), createWriteStream(path));
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
