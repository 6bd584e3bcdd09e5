import type { SchemaElement } from 'hyparquet';
import type { CutFile, RowRecord } from '../../shared/batch';
import type { ResultColumn } from '../result-columns';

/** What a file of results has. */
export interface ResultTable extends Pick<CutFile, 'columns' | 'parquetSchema'> {
  /** The columns after those of the input. */
  readonly added: readonly ResultColumn[];
}

/** A row of it: what the input has, and the cells of the other columns. */
export interface ResultRow {
  readonly record: RowRecord;
  readonly cells: readonly unknown[];
}

/** Writes rows as the bytes of a file, in blocks of any size. */
export type Format = (table: ResultTable, rows: AsyncIterable<ResultRow>) => AsyncGenerator<Buffer>;

/** In characters. */
const BLOCK = 64 * 1024;

/** Joins lines to blocks, for a call for each would cost more than the line. */
export async function* inBlocks(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let block = '';
  for await (const line of lines) {
    block += line;
    if (block.length >= BLOCK) {
      yield Buffer.from(block);
      block = '';
    }
  }
  yield Buffer.from(block);
}

/** The object that a row of .jsonl is; undefined where it is none. */
export function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A row's values in the order of the columns. Fields that are too many stay together in the last one, where a separator that
 * is not quoted has cut them.
 */
export function valuesIn(record: RowRecord, columns: readonly string[]): unknown[] {
  if (typeof record === 'string') {
    const object = objectIn(record) ?? {};
    return columns.map((column) => (Object.hasOwn(object, column) ? object[column] : null));
  }
  const surplus = record.slice(columns.length);
  return columns.map((_, place) =>
    surplus.length > 0 && place === columns.length - 1
      ? [record[place], ...surplus].join(',')
      : (record[place] ?? null),
  );
}

/** Names that are told apart, for formats where two columns cannot have the same. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let number = 2; taken.has(free); number += 1) {
      free = `${name}_${number}`;
    }
    taken.add(free);
    return free;
  });
}

/** The top level of a Parquet schema, the elements of each column together. */
export function elementsByColumn(schema: readonly SchemaElement[]): SchemaElement[][] {
  const columns: SchemaElement[][] = [];
  let place = 1;
  const take = (): SchemaElement[] => {
    const element = schema[place];
    place += 1;
    return element === undefined ? [] : [element, ...Array.from({ length: element.num_children ?? 0 }, take).flat()];
  };
  while (place < schema.length) {
    columns.push(take());
  }
  return columns;
}
