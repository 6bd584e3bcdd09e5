import { InvalidDataset } from '../step-errors';
import type { DataFile } from './data-file';
import { inUtf8, type OtherBytes } from './encoding';
import type { Table, TableRow } from './table';

/** Lines before the first object, which tells the columns. */
const MOST_FAULTY = 1000;

/**
 * Opens a file with an object in JSON on each line, by JSON.parse: what is left of reading it is to cut lines.
 *
 * @throws InvalidDataset when it has no object
 */
export async function openJsonl(file: DataFile, otherBytes: OtherBytes): Promise<Table> {
  const guesses: string[] = [];
  const lines = parsedLines(
    inUtf8(file.bytes, file.name, otherBytes, (guess) => {
      guesses.push(guess);
    }),
    file.name,
  );
  const faulty: (Line & { readonly object: string })[] = [];
  let next = await lines.next();
  while (!next.done && typeof next.value.object === 'string' && faulty.length < MOST_FAULTY) {
    faulty.push({ ...next.value, object: next.value.object });
    next = await lines.next();
  }
  if (next.done || typeof next.value.object === 'string') {
    const [first] = faulty;
    throw new InvalidDataset(
      first === undefined
        ? `${file.name} is empty; it must have an object on each line`
        : `${first.where}: ${first.object}`,
    );
  }
  const first = next.value;
  const columns = Object.keys(next.value.object);
  const select = ({ where, line, object }: Line, places: readonly number[]): TableRow =>
    typeof object === 'string'
      ? { where, line, values: [], fault: object }
      : { where, line, values: places.map((place) => object[columns[place] ?? '']) };
  return {
    name: file.name,
    columns,
    hasNames: true,
    guesses,
    valueNames: () => undefined,
    async *read(places): AsyncGenerator<TableRow> {
      for (const line of [...faulty, first]) {
        yield select(line, places);
      }
      for await (const line of lines) {
        yield select(line, places);
      }
    },
  };
}

interface Line {
  readonly where: string;
  readonly line: string;
  /** Or why there is none. */
  readonly object: Readonly<Record<string, unknown>> | string;
}

async function* parsedLines(blocks: AsyncIterable<Buffer>, file: string): AsyncGenerator<Line, undefined> {
  let number = 0;
  for await (const block of blocks) {
    const lines = block.toString().split('\n');
    // What a block ends with is the next one's beginning, and empty.
    const last = lines.pop() ?? '';
    for (const text of last === '' ? lines : [...lines, last]) {
      number += 1;
      // The byte order mark is white space too.
      const line = text.trim();
      if (line !== '') {
        yield { where: `${file}, line ${number}`, line, object: parseObject(line) };
      }
    }
  }
}

/** @returns what is wrong with the line, where it is no object; the parser's own message quotes the text */
function parseObject(line: string): Line['object'] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'this is not JSON; a .jsonl file has one object on each line';
  }
  return typeof value !== 'object' || value === null || Array.isArray(value)
    ? 'this is no object in JSON, such as {"text": "…", "label": "…"}'
    : (value as Readonly<Record<string, unknown>>);
}
