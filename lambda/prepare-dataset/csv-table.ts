import { Readable, pipeline } from 'node:stream';
import { CsvError, parse, type Options } from 'csv-parse';
import { CsvError as SampleError, parse as parseSample } from 'csv-parse/sync';
import { InvalidDataset } from '../shared/step-errors';
import type { DataFile } from './data-file';
import { inUtf8 } from './encoding';
import { withHead } from './head';
import type { Table, TableRow } from './table';

const LONGEST_ROW_BYTES = 1_000_000;
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
 * @throws InvalidDataset when it has no row, and while reading for a row that is not sound
 */
export async function openCsv(file: DataFile): Promise<Table> {
  const guesses: string[] = [];
  const text = inUtf8(file.bytes, file.name, (guess) => {
    guesses.push(guess);
  });
  const { head, bytes } = await withHead(text, SAMPLE_BYTES);
  const delimiter = file.format === 'csv' ? delimiterOf(head) : '\t';
  const rows = parsedRows(bytes, file, delimiter);
  const first = await rows.next();
  if (first.done) {
    throw new InvalidDataset(`${file.name} is empty; it must have a header and a row for each labeled text`);
  }
  const name = DELIMITER_NAMES[delimiter];
  if (file.format === 'csv' && name !== undefined) {
    guesses.push(`delimiter ${name}`);
  }
  const isCola = file.format === 'cola';
  const columns = isCola ? COLA_COLUMNS : first.value.map((field) => field.trim());
  const where = (row: NumberedRow): string => `${file.name}, line ${row.line}`;
  return {
    name: file.name,
    columns,
    hasNames: isCola,
    guesses,
    valueNames: () => undefined,
    async *read(places, firstRowIsData): AsyncGenerator<TableRow> {
      const select = (row: NumberedRow): TableRow => {
        if (row.length !== columns.length) {
          throw new InvalidDataset(
            `${where(row)}: the row has ${row.length} ${row.length === 1 ? 'field' : 'fields'} where ${columns.length} are ` +
              'expected; a field that contains the separator must be enclosed in quotes (CSV only)',
          );
        }
        return { where: where(row), values: places.map((place) => row[place]) };
      };
      if (firstRowIsData || isCola) {
        yield select(first.value);
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
    parseSample(head, { ...parserOptions('"', delimiter), relax_quotes: true, to: SAMPLE_ROWS, on_record: keep });
  } catch (error) {
    if (!(error instanceof SampleError)) {
      throw error;
    }
  }
  // The last one may be cut.
  return rows.length > 1 && head.length === SAMPLE_BYTES ? rows.slice(0, -1) : rows;
}

function parserOptions(quote: '"' | null, delimiter: string): Options {
  return {
    bom: true,
    delimiter,
    quote,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW_BYTES,
  };
}

async function* parsedRows(
  bytes: AsyncIterable<Buffer>,
  file: DataFile,
  delimiter: string,
): AsyncGenerator<NumberedRow, undefined> {
  let previous: Position = { lines: 0, empty_lines: 0 };
  const parser = parse({
    // In tab separated files a quote is a character like any other.
    ...parserOptions(file.format === 'csv' ? '"' : null, delimiter),
    on_record: (fields: string[], position): NumberedRow => {
      const line = firstLine(previous, position);
      previous = position;
      return Object.assign(fields, { line });
    },
  });
  // Whatever fails on the way destroys the parser too, so that reading it throws; there is nothing left to do here.
  pipeline(Readable.from(bytes), parser, () => undefined);
  try {
    yield* parser as AsyncIterable<NumberedRow>;
  } catch (error) {
    throw error instanceof CsvError ? explain(error, firstLine(previous, readPosition(error)), file.name) : error;
  }
}

/** A row's fields and the line on which it begins. */
type NumberedRow = string[] & { readonly line: number };

/** How far the parser had come after a row. */
interface Position {
  readonly lines: number;
  readonly empty_lines: number;
}

/** A row may span lines (a quoted field with line breaks): people look for it where it begins. */
function firstLine(previous: Position, current: Position): number {
  return previous.lines + (current.empty_lines - previous.empty_lines) + 1;
}

function readPosition(error: CsvError): Position {
  return { lines: Number(error.lines), empty_lines: Number(error.empty_lines) };
}

function explain(error: CsvError, line: number, file: string): InvalidDataset {
  return new InvalidDataset(`${file}, line ${line}: ${MEANINGS[error.code] ?? error.message}`, { cause: error });
}

const MEANINGS: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote opens in this row and is never closed',
  CSV_INVALID_CLOSING_QUOTE:
    'a quote opens in this row and is not closed at the end of a field; write a quote inside a quoted field as ""',
  INVALID_OPENING_QUOTE:
    'there is a quote inside a field that does not begin with one; enclose the field in quotes and write the inner ones as ""',
  CSV_MAX_RECORD_SIZE: 'the row is longer than 1 MB; is a quote left open?',
};
