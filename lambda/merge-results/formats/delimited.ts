import { csvField } from '../../shared/tables/csv-field';
import { type Format, inBlocks, type ResultRow, type ResultTable, valuesIn } from './result-table';

/** Comma separated, with quotes where they are needed (RFC 4180), in UTF-8. */
export const csv: Format = (table, rows) => inBlocks(delimitedLines(table, rows, ',', csvField));

/** Tab separated. A quote is a character like any other, as it is where such a file is read; what would end a field is written as \t, \n or \r. */
export const tsv: Format = (table, rows) => inBlocks(delimitedLines(table, rows, '\t', escaped));

async function* delimitedLines(
  { columns, added }: ResultTable,
  rows: AsyncIterable<ResultRow>,
  delimiter: string,
  field: (text: string) => string,
): AsyncGenerator<string> {
  const line = (values: readonly unknown[]): string =>
    `${values.map((value) => field(textOf(value))).join(delimiter)}\n`;
  yield line([...columns, ...added.map(({ name }) => name)]);
  for await (const { record, cells } of rows) {
    yield line([...valuesIn(record, columns), ...cells]);
  }
}

/** A value as a field: nothing is empty, and what is no text is JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escaped(text: string): string {
  return text.replace(/[\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}
