import { isUtf8 } from 'node:buffer';
import { InvalidDataset } from '../shared/step-errors';

const LINE_FEED = 0x0a;
const LONGEST_LINE = 8 * 1024 * 1024;

/**
 * Hands a file's bytes on, in blocks of whole lines, while checking that they are UTF-8.
 *
 * @param file how messages name the file
 * @throws InvalidDataset with the line that is not UTF-8
 */
export async function* checkUtf8(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    // A line feed is never part of another character in UTF-8, so blocks of whole lines can be checked one by one.
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      const block = Buffer.concat([rest, chunk.subarray(0, end)]);
      assertUtf8(block, line, file);
      line += countLines(block);
      yield block;
    }
    rest = end > 0 ? chunk.subarray(end) : Buffer.concat([rest, chunk]);
    if (rest.length > LONGEST_LINE) {
      throw new InvalidDataset(`${file}, line ${line}: the line is longer than 8 MB; is this a text file?`);
    }
  }
  assertUtf8(rest, line, file);
  yield rest;
}

function assertUtf8(block: Buffer, firstLine: number, file: string): void {
  if (isUtf8(block)) {
    return;
  }
  let line = firstLine;
  let start = 0;
  for (;;) {
    const end = block.indexOf(LINE_FEED, start) + 1 || block.length;
    if (!isUtf8(block.subarray(start, end))) {
      throw new InvalidDataset(`${file}, line ${line}: this is not UTF-8 text; save the file with the encoding UTF-8`);
    }
    line += 1;
    start = end;
  }
}

function countLines(block: Buffer): number {
  let lines = 0;
  for (let at = block.indexOf(LINE_FEED); at !== -1; at = block.indexOf(LINE_FEED, at + 1)) {
    lines += 1;
  }
  return lines;
}
