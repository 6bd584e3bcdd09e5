import { InvalidDataset } from '../shared/step-errors';
import type { DataFile } from './data-file';
import { inUtf8 } from './encoding';
import type { Table, TableRow } from './table';

/**
 * Opens a file with an object in JSON on each line, by JSON.parse: what is left of reading it is to cut lines.
 *
 * @throws InvalidDataset when it has no row, and while reading for a line that is no object
 */
export async function openJsonl(file: DataFile): Promise<Table> {
  const guesses: string[] = [];
  const objects = parsedLines(
    inUtf8(file.bytes, file.name, (guess) => {
      guesses.push(guess);
    }),
    file.name,
  );
  const first = await objects.next();
  if (first.done) {
    throw new InvalidDataset(`${file.name} is empty; it must have an object on each line`);
  }
  const columns = Object.keys(first.value.object);
  const select = ({ where, object }: Line, places: readonly number[]): TableRow => ({
    where,
    values: places.map((place) => object[columns[place] ?? '']),
  });
  return {
    name: file.name,
    columns,
    hasNames: true,
    guesses,
    valueNames: () => undefined,
    async *read(places): AsyncGenerator<TableRow> {
      yield select(first.value, places);
      for await (const line of objects) {
        yield select(line, places);
      }
    },
  };
}

interface Line {
  readonly where: string;
  readonly object: Readonly<Record<string, unknown>>;
}

async function* parsedLines(blocks: AsyncIterable<Buffer>, file: string): AsyncGenerator<Line, undefined> {
  let number = 0;
  for await (const block of blocks) {
    const lines = block.toString().split('\n');
    // What a block ends with is the next one's beginning, and empty.
    const last = lines.pop() ?? '';
    for (const line of last === '' ? lines : [...lines, last]) {
      number += 1;
      // The byte order mark is white space too.
      if (line.trim() !== '') {
        const where = `${file}, line ${number}`;
        yield { where, object: parseObject(line.trim(), where) };
      }
    }
  }
}

function parseObject(line: string, where: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The parser's message quotes the text.
    throw new InvalidDataset(`${where}: this is not JSON; a .jsonl file has one object on each line`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidDataset(`${where}: this is no object in JSON, such as {"text": "…", "label": "…"}`);
  }
  return value as Readonly<Record<string, unknown>>;
}
