import { CsvError, parse, type Options } from 'csv-parse/sync';
import { countLines } from './encoding';

const LONGEST_ROW_BYTES = 1_000_000;

/** A row's fields, and the line on which it begins. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
  /** Why the fields cannot be told apart for certain; they are those of its line then, as if quotes meant nothing. */
  readonly fault?: string;
}

/** What a file of delimited rows is read with. */
export function parserOptions(quote: '"' | null, delimiter: string): Options {
  return {
    bom: true,
    delimiter,
    quote,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW_BYTES,
  };
}

/**
 * Reads rows, by csv-parse. It tells the line of a row and of a fault, which papaparse does not. A row that cannot be read
 * ends with its line: what a quote opens by mistake does not take the rows below along.
 *
 * @param blocks of whole lines
 */
export async function* parsedRows(blocks: AsyncIterable<Buffer>, options: Options): AsyncGenerator<CsvRow, undefined> {
  const reader = new RowReader(options);
  for await (const block of blocks) {
    yield* reader.read(block, false);
  }
  yield* reader.read(Buffer.alloc(0), true);
}

class RowReader {
  /** What no row was read from yet. */
  #rest: Buffer = Buffer.alloc(0);
  #linesBefore = 0;
  /** Known from the first row on. */
  #lineEnd: string | undefined;

  constructor(private readonly options: Options) {}

  *read(block: Buffer, isLast: boolean): Generator<CsvRow> {
    this.#rest = Buffer.concat([this.#rest, block]);
    while (this.#rest.length > 0) {
      const { rows, end, error } = parseBlock(this.#rest, {
        ...this.options,
        bom: this.#linesBefore === 0,
        record_delimiter: this.#lineEnd ?? [],
      });
      const before = this.#linesBefore;
      this.#lineEnd ??= rows[0] && lineEndBefore(this.#rest.subarray(0, rows[0].end));
      this.#skip(error === undefined ? this.#rest.length : end);
      yield* rows.map(({ line, fields }) => ({ line: before + line, fields }));
      if (error === undefined || (error.code === 'CSV_QUOTE_NOT_CLOSED' && !isLast)) {
        return;
      }
      const emptyLines = this.#rest.findIndex((byte) => !LINE_END_BYTES.includes(byte));
      this.#skip(emptyLines);
      const lineEnd = this.#lineEnd ?? '\n';
      const next = this.#rest.indexOf(lineEnd);
      const length = next < 0 ? this.#rest.length : next + lineEnd.length;
      const { rows: lines } = parseBlock(this.#rest.subarray(0, length), { ...this.options, quote: null });
      yield {
        line: this.#linesBefore + 1,
        fields: lines[0]?.fields ?? [],
        fault: MEANINGS[error.code] ?? error.message,
      };
      this.#skip(length);
    }
  }

  #skip(bytes: number): void {
    this.#linesBefore += countLines(this.#rest.subarray(0, bytes), this.#lineEnd === '\r' ? '\r' : '\n');
    this.#rest = this.#rest.subarray(bytes);
  }
}

interface ParsedRow {
  readonly fields: readonly string[];
  /** From 1 on. */
  readonly line: number;
  /** The place behind it, in bytes. */
  readonly end: number;
}

/** @returns the rows before a fault, if there is one, and the place behind them */
function parseBlock(
  block: Buffer,
  options: Options,
): { readonly rows: readonly ParsedRow[]; readonly end: number; readonly error?: CsvError } {
  const rows: ParsedRow[] = [];
  let previous = { lines: 0, empty_lines: 0 };
  const keep: Options['on_record'] = (fields: string[], position) => {
    // A row may span lines (a quoted field with line breaks): people look for it where it begins.
    const line = previous.lines + (position.empty_lines - previous.empty_lines) + 1;
    rows.push({ fields, line, end: position.bytes });
    previous = position;
    return null;
  };
  let error: CsvError | undefined;
  try {
    parse(block, { ...options, on_record: keep });
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) {
      throw thrown;
    }
    error = thrown;
  }
  return { rows, end: rows.at(-1)?.end ?? 0, error };
}

const LINE_END_BYTES = [...Buffer.from('\r\n')];

/** As csv-parse finds it: what the first row ends with, whatever others do. */
function lineEndBefore(row: Buffer): string | undefined {
  return /(?:\r\n|\r|\n)$/.exec(row.subarray(-2).toString('latin1'))?.[0];
}

const MEANINGS: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote opens in this row and is never closed',
  CSV_INVALID_CLOSING_QUOTE:
    'a quote opens in this row and is not closed at the end of a field; write a quote inside a quoted field as ""',
  INVALID_OPENING_QUOTE:
    'there is a quote inside a field that does not begin with one; enclose the field in quotes and write the inner ones as ""',
  CSV_MAX_RECORD_SIZE: 'the row is longer than 1 MB; is a quote left open?',
};
