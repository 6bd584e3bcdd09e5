import { CsvError, parse } from 'csv-parse/sync';
import { InvalidDataset } from '../step-errors';
import { type CsvRow, parsedRows, parserOptions } from './csv-rows';
import type { DataFile } from './data-file';
import { inUtf8, type OtherBytes } from './encoding';
import { withHead } from './head';
import type { Table, TableRow } from './table';

/** What the delimiter is told from. */
const SAMPLE_BYTES = 64 * 1024;
const SAMPLE_ROWS = 100;
const DELIMITERS = [',', ';', '\t', '|'] as const;
const DELIMITER_NAMES: Partial<Record<string, string>> = { ';': 'semicolon', '\t': 'tab', '|': 'bar' };
/** CoLA's files have no header: source, label, the author's mark, sentence. */
const COLA_COLUMNS = ['source', 'label', 'mark', 'sentence'];

/**
 * Opens a file of delimited rows, by csv-parse. It tells the line of a row and of a fault, which papaparse does not; its
 * own way to find the delimiter fails on characters beyond ASCII.
 *
 * @throws InvalidDataset when it has no row, or none that may be a header
 */
export async function openCsv(file: DataFile, otherBytes: OtherBytes): Promise<Table> {
  const guesses: string[] = [];
  const text = inUtf8(file.bytes, file.name, otherBytes, (guess) => {
    guesses.push(guess);
  });
  const { head, bytes } = await withHead(text, SAMPLE_BYTES);
  const delimiter = file.format === 'csv' ? delimiterOf(head) : '\t';
  // In tab separated files a quote is a character like any other.
  const rows = parsedRows(bytes, parserOptions(file.format === 'csv' ? '"' : null, delimiter));
  const first = await rows.next();
  if (first.done) {
    throw new InvalidDataset(`${file.name} is empty; it must have a header and a row for each text`);
  }
  const header = first.value;
  const where = ({ line }: CsvRow): string => `${file.name}, line ${line}`;
  if (header.fault !== undefined) {
    throw new InvalidDataset(`${where(header)}: ${header.fault}`);
  }
  const name = DELIMITER_NAMES[delimiter];
  if (file.format === 'csv' && name !== undefined) {
    guesses.push(`delimiter ${name}`);
  }
  const isCola = file.format === 'cola';
  const columns = isCola ? COLA_COLUMNS : header.fields.map((field) => field.trim());
  return {
    name: file.name,
    columns,
    hasNames: isCola,
    guesses,
    valueNames: () => undefined,
    async *read(places, firstRowIsData): AsyncGenerator<TableRow> {
      const select = (row: CsvRow): TableRow => {
        const { fields } = row;
        const fault =
          row.fault !== undefined || fields.length === columns.length
            ? row.fault
            : `the row has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'} where ${columns.length} are ` +
              'expected; a field that contains the separator must be enclosed in quotes (CSV only)';
        return { where: where(row), values: places.map((place) => fields[place]), fault };
      };
      if (firstRowIsData || isCola) {
        yield select(header);
      }
      for await (const row of rows) {
        yield select(row);
      }
    },
  };
}

/** The one that cuts the most rows of a file's beginning into as many fields as the first, which are two at least. */
function delimiterOf(head: Buffer): string {
  const found = DELIMITERS.map((delimiter) => {
    const rows = sampleRows(head, delimiter);
    const fields = rows[0]?.length ?? 0;
    const alike = rows.filter((row) => row.length === fields).length / Math.max(rows.length, 1);
    return { delimiter, fields, alike: fields < 2 ? 0 : alike };
  });
  found.sort((one, other) => other.alike - one.alike || other.fields - one.fields);
  return found[0]?.alike ? found[0].delimiter : ',';
}

/** The rows of a file's beginning, as far as it can be read so: it may end within a row. */
function sampleRows(head: Buffer, delimiter: string): readonly string[][] {
  const rows: string[][] = [];
  const keep = (row: string[]): null => {
    rows.push(row);
    return null;
  };
  try {
    parse(head, { ...parserOptions('"', delimiter), relax_quotes: true, to: SAMPLE_ROWS, on_record: keep });
  } catch (error) {
    if (!(error instanceof CsvError)) {
      throw error;
    }
  }
  // The last one may be cut.
  return rows.length > 1 && head.length === SAMPLE_BYTES ? rows.slice(0, -1) : rows;
}
