import { isAscii, isUtf8 } from 'node:buffer';
import { isNativeError } from 'node:util/types';
import { InvalidDataset } from '../step-errors';
import { withHead } from './head';

const LINE_FEED = 0x0a;
const LONGEST_LINE = 8 * 1024 * 1024;
/** Enough to see which bytes of UTF-16 are zero. */
const HEAD_BYTES = 1024;

/** What files are that are named as text and are none, by their first bytes. */
const OTHER_FILES: readonly (readonly [start: string, what: string])[] = [
  ['PK\x03\x04', 'a zip or an Excel workbook; name it .zip or .xlsx'],
  ['PAR1', 'a Parquet file; name it .parquet'],
  ['\x1f\x8b', 'compressed by gzip; let its name end in .gz'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook; save it as .xlsx or .csv'],
];

/**
 * What becomes of bytes that are neither UTF-8 nor UTF-16. `guess`: the file is taken for Windows-1252, in which Excel saves
 * .csv files in Western Europe and America, unless other lines are UTF-8. `mark`: each becomes `NOT_UTF8`.
 */
export type OtherBytes = 'guess' | 'mark';

/** A noncharacter of Unicode: those are for use within a program, and no text has one. */
export const NOT_UTF8 = '\uFDD0';

/**
 * Hands a text file on in UTF-8, in blocks of whole lines.
 *
 * @param file how messages name it
 * @param onGuess called once at most, when the encoding is not known for certain, with what to tell people
 * @throws InvalidDataset with the line that cannot be read, or when the file is no text
 */
export async function* inUtf8(
  source: AsyncIterable<Buffer>,
  file: string,
  otherBytes: OtherBytes,
  onGuess: (guess: string) => void,
): AsyncGenerator<Buffer> {
  const { head, bytes } = await withHead(source, HEAD_BYTES);
  const other = OTHER_FILES.find(([start]) => head.toString('latin1').startsWith(start));
  if (other !== undefined) {
    throw new InvalidDataset(`${file} is no text but ${other[1]}`);
  }
  const utf16 = utf16Of(head);
  const blocks = wholeLines(utf16 === undefined ? bytes : fromUtf16(bytes, utf16, file, otherBytes), file);
  const windows1252 = new TextDecoder('windows-1252');
  let utf8Line: number | undefined;
  let otherLine: number | undefined;
  for await (const { block, line } of blocks) {
    if (otherLine === undefined && isUtf8(block)) {
      utf8Line ??= isAscii(block) ? undefined : line;
      yield block;
      continue;
    }
    if (otherBytes === 'mark') {
      yield Buffer.concat([...linesOf(block)].map((bytes) => (isUtf8(bytes) ? bytes : marked(bytes.toString()))));
      continue;
    }
    const found = linesByEncoding(block, line);
    utf8Line ??= found.utf8Line;
    if (otherLine === undefined) {
      otherLine = found.otherLine;
      onGuess('encoding Windows-1252 (guessed)');
    }
    if (utf8Line !== undefined) {
      throw new InvalidDataset(
        `${file}, line ${otherLine}: this is not UTF-8 text, which line ${utf8Line} is; save the file with the encoding UTF-8`,
      );
    }
    yield Buffer.from(windows1252.decode(block));
  }
}

/** The encoding by its byte order mark or, in Western scripts, by every other byte being zero. */
function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const mark = head.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') {
    return mark === 'fffe' ? 'utf-16le' : 'utf-16be';
  }
  const zeros = { even: 0, odd: 0 };
  head.forEach((byte, place) => {
    zeros[place % 2 === 0 ? 'even' : 'odd'] += byte === 0 ? 1 : 0;
  });
  const most = head.length / 4;
  if (zeros.even + zeros.odd === 0) {
    return undefined;
  }
  return zeros.odd > most && zeros.even === 0
    ? 'utf-16le'
    : zeros.even > most && zeros.odd === 0
      ? 'utf-16be'
      : undefined;
}

async function* fromUtf16(
  bytes: AsyncIterable<Buffer>,
  encoding: 'utf-16le' | 'utf-16be',
  file: string,
  otherBytes: OtherBytes,
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: otherBytes === 'guess' });
  const decoded = otherBytes === 'mark' ? marked : (text: string) => Buffer.from(text);
  try {
    for await (const chunk of bytes) {
      yield decoded(decoder.decode(chunk, { stream: true }));
    }
    yield decoded(decoder.decode());
  } catch (error) {
    throw isNativeError(error) && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
      ? new InvalidDataset(`${file} is not sound UTF-16 text; save it with the encoding UTF-8`, { cause: error })
      : error;
  }
}

/** @returns blocks, each with the number of its first line; a line feed is part of no other character in UTF-8 */
async function* wholeLines(
  bytes: AsyncIterable<Buffer>,
  file: string,
): AsyncGenerator<{ readonly block: Buffer; readonly line: number }> {
  let line = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      const block = Buffer.concat([rest, chunk.subarray(0, end)]);
      yield { block, line };
      line += countLines(block);
    }
    rest = end > 0 ? chunk.subarray(end) : Buffer.concat([rest, chunk]);
    if (rest.length > LONGEST_LINE) {
      throw new InvalidDataset(`${file}, line ${line}: the line is longer than 8 MB; is this a text file?`);
    }
  }
  yield { block: rest, line };
}

/** The first line that is UTF-8 beyond ASCII, and the first that is not UTF-8. */
function linesByEncoding(
  block: Buffer,
  firstLine: number,
): { readonly utf8Line?: number; readonly otherLine?: number } {
  const found: { utf8Line?: number; otherLine?: number } = {};
  let line = firstLine;
  for (const bytes of linesOf(block)) {
    if (!isAscii(bytes)) {
      found[isUtf8(bytes) ? 'utf8Line' : 'otherLine'] ??= line;
    }
    line += 1;
  }
  return found;
}

/** With their line feeds. */
function* linesOf(block: Buffer): Generator<Buffer> {
  for (let start = 0; start < block.length;) {
    const end = block.indexOf(LINE_FEED, start) + 1 || block.length;
    yield block.subarray(start, end);
    start = end;
  }
}

/** A decoder puts U+FFFD where it cannot read, which a text may well have of its own. */
function marked(text: string): Buffer {
  return Buffer.from(text.replaceAll('\uFFFD', NOT_UTF8));
}

/** The line ends in a block. */
export function countLines(block: Buffer, lineEnd = '\n'): number {
  let lines = 0;
  for (let at = block.indexOf(lineEnd); at !== -1; at = block.indexOf(lineEnd, at + 1)) {
    lines += 1;
  }
  return lines;
}
