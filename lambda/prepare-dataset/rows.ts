import { Readable, pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { LONGEST_LABEL_BYTES } from '../shared/labels';
import { InvalidDataset } from '../shared/step-errors';
import type { DataFile } from './data-file';
import type { Row } from './row';
import { checkUtf8 } from './utf8';

/** The columns that a dataset's owner named; null where the default names should do. */
export interface ColumnNames {
  readonly textColumn: string | null;
  readonly labelColumn: string | null;
}

interface Columns {
  readonly text: number;
  readonly label: number;
  readonly count: number;
}

const DEFAULT_TEXT_COLUMNS = ['text', 'sentence'];
const DEFAULT_LABEL_COLUMNS = ['label'];
/** CoLA's files have no header: source, label, the author's mark, sentence. */
const COLA_COLUMNS: Columns = { text: 3, label: 1, count: 4 };
const LONGEST_ROW_BYTES = 1_000_000;
/** In characters, of a message. */
const LONGEST_SHOWN_HEADER = 1000;

/**
 * Reads a data file's rows, one at a time and in its order.
 *
 * @throws InvalidDataset with the file and the line for everything that is not a labeled text
 */
export async function* readRows(file: DataFile, names: ColumnNames): AsyncGenerator<Row> {
  let previous: Position = { lines: 0, empty_lines: 0 };
  const parser = parse({
    bom: true,
    delimiter: file.format === 'csv' ? ',' : '\t',
    // In tab separated files a quote is a character like any other.
    quote: file.format === 'csv' ? '"' : null,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW_BYTES,
    on_record: (fields: string[], position): NumberedRecord => {
      const line = firstLine(previous, position);
      previous = position;
      return Object.assign(fields, { line });
    },
  });
  // Whatever fails on the way destroys the parser too, so that reading it throws; there is nothing left to do here.
  pipeline(Readable.from(checkUtf8(file.bytes, file.name)), parser, () => undefined);

  let columns = file.format === 'cola' ? COLA_COLUMNS : undefined;
  try {
    for await (const fields of parser as AsyncIterable<NumberedRecord>) {
      const where = `${file.name}, line ${fields.line}`;
      if (columns === undefined) {
        columns = findColumns(fields, names, where);
      } else {
        yield readRow(fields, columns, where);
      }
    }
  } catch (error) {
    throw error instanceof CsvError ? explain(error, firstLine(previous, readPosition(error)), file.name) : error;
  }
  if (columns === undefined) {
    throw new InvalidDataset(`${file.name} is empty; it must have a header and a row for each labeled text`);
  }
}

/** A record's fields and the line on which it begins. */
type NumberedRecord = string[] & { readonly line: number };

/** How far the parser had come after a row. */
interface Position {
  readonly lines: number;
  readonly empty_lines: number;
}

/** A row may span lines (a quoted field with line breaks): people look for it where it begins. */
function firstLine(previous: Position, current: Position): number {
  return previous.lines + (current.empty_lines - previous.empty_lines) + 1;
}

function findColumns(header: readonly string[], names: ColumnNames, where: string): Columns {
  const trimmed = header.map((name) => name.trim());
  return {
    text: findColumn(trimmed, names.textColumn, DEFAULT_TEXT_COLUMNS, 'text', where),
    label: findColumn(trimmed, names.labelColumn, DEFAULT_LABEL_COLUMNS, 'label', where),
    count: header.length,
  };
}

function findColumn(
  header: readonly string[],
  configured: string | null,
  defaults: readonly string[],
  role: 'text' | 'label',
  where: string,
): number {
  const candidates = configured === null ? defaults : [configured];
  const found = candidates.find((name) => header.includes(name));
  if (found === undefined) {
    throw new InvalidDataset(
      `${where}: the header has no column ${candidates.map(quote).join(' or ')}, only ${shownHeader(header)}; ` +
        `name the ${role} column in dataset.${role}Column`,
    );
  }
  if (header.indexOf(found) !== header.lastIndexOf(found)) {
    throw new InvalidDataset(`${where}: the header has more than one column ${quote(found)}`);
  }
  return header.indexOf(found);
}

function readRow(fields: readonly string[], columns: Columns, where: string): Row {
  if (fields.length !== columns.count) {
    throw new InvalidDataset(
      `${where}: the row has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'} where ${columns.count} are ` +
        `expected; a field that contains the separator must be enclosed in quotes (CSV only)`,
    );
  }
  const text = fields[columns.text]?.trim();
  const label = fields[columns.label]?.trim();
  if (!text) {
    throw new InvalidDataset(`${where}: the text is empty; remove the row or fill it in`);
  }
  if (!label) {
    throw new InvalidDataset(`${where}: the label is empty; remove the row or fill it in`);
  }
  const bytes = Buffer.byteLength(label);
  if (bytes > LONGEST_LABEL_BYTES) {
    throw new InvalidDataset(
      `${where}, column ${columns.label + 1}: the label has ${bytes} bytes and may have ${LONGEST_LABEL_BYTES}; shorten it, or ` +
        'name the right column in dataset.labelColumn',
    );
  }
  return { text, label };
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

/** A file without a header has its first text here, of whatever length. */
function shownHeader(header: readonly string[]): string {
  const names = header.map(quote).join(', ');
  return names.length > LONGEST_SHOWN_HEADER ? `${names.slice(0, LONGEST_SHOWN_HEADER)}…` : names;
}

function quote(name: string): string {
  return `"${name}"`;
}
