import { type BatchRun, type CutFile, encodeValue, type PartLine } from '../shared/batch';
import { ColumnFinder, isNumber } from '../shared/tables/columns';
import { NOT_UTF8 } from '../shared/tables/encoding';
import type { Table, TableRow } from '../shared/tables/table';

/** As a text counts for the time that it takes: so much for each token that a model reads at most, and for those that frame it. */
const BYTES_PER_TOKEN = 600 / 128;
const FRAME_BYTES = 10;
/** In tokens, of a model that does not say it: training's default. */
const USUAL_MAX_LENGTH = 128;

/** What is to be classified, or why that cannot be. */
type Inputs = Pick<Extract<PartLine, { inputs: unknown }>, 'inputs'> | { readonly error: string };

/** Makes the lines of parts of a table's rows. */
export class RowCutter {
  readonly #text: number;
  readonly #pair: number | undefined;
  /** Where the column of texts is given by its number, and is no column's name, the first row is one like any other. */
  readonly #hasHeader: boolean;
  readonly #mostCountedBytes: number;
  #rows = 0;
  #errors = 0;
  #textBytes = 0;

  /** @throws InvalidDataset with the columns that there are, when one is missing or more than one may be meant */
  constructor(
    private readonly table: Table,
    { textColumn, pairColumn, model, overflow }: Pick<BatchRun, 'textColumn' | 'pairColumn' | 'model' | 'overflow'>,
  ) {
    const finder = new ColumnFinder(table, { text: 'textColumn', pair: 'pairColumn' });
    this.#text = finder.require('text', textColumn);
    // A model of single texts does not read a column that is called like a second text.
    this.#pair = model.hasPairs ? finder.require('pair', pairColumn) : undefined;
    finder.assertDifferent({ text: this.#text, pair: this.#pair });
    this.#hasHeader = table.hasNames || !isNumber(textColumn) || table.columns.includes(textColumn ?? '');
    const isReadWhole = overflow === null ? model.inWindows : overflow === 'window';
    this.#mostCountedBytes = isReadWhole ? Infinity : BYTES_PER_TOKEN * (model.maxLength ?? USUAL_MAX_LENGTH);
  }

  /** `PartLine`s, as JSON: one for each row, whatever it has. */
  async *lines(): AsyncGenerator<string> {
    const columns = [...this.table.columns.keys()];
    for await (const row of this.table.read(columns, !this.#hasHeader)) {
      this.#rows += 1;
      const inputs = row.fault === undefined ? this.#inputsOf(row) : { error: row.fault };
      const line = jsonOf(row, inputs);
      if (line.includes(NOT_UTF8)) {
        this.#errors += 1;
        const error = 'this row is not UTF-8 text; save the file with the encoding UTF-8';
        yield jsonOf(row, { error }).replaceAll(NOT_UTF8, '\uFFFD');
        continue;
      }
      this.#errors += 'error' in inputs ? 1 : 0;
      this.#textBytes += 'error' in inputs ? 0 : this.#countedBytes(inputs.inputs);
      yield line;
    }
  }

  /** What became of the rows, once they were read. */
  summary(): Omit<CutFile, 'parts'> {
    const { columns, parquetSchema, guesses } = this.table;
    const names = this.#hasHeader ? columns : columns.map((_, place) => String(place + 1));
    const nameOf = (place: number): string => JSON.stringify(names[place]?.slice(0, 100) ?? '');
    return {
      columns: names,
      hasHeader: this.#hasHeader,
      textColumns: this.#pair === undefined ? [this.#text] : [this.#text, this.#pair],
      parquetSchema: parquetSchema ?? null,
      rows: this.#rows,
      errors: this.#errors,
      textBytes: this.#textBytes,
      choices: [
        ...guesses,
        ...(this.#hasHeader ? [] : ['no header']),
        `text in ${nameOf(this.#text)}`,
        ...(this.#pair === undefined ? [] : [`second text in ${nameOf(this.#pair)}`]),
      ],
    };
  }

  #inputsOf({ values }: TableRow): Inputs {
    if (this.#pair === undefined) {
      const text = values[this.#text];
      const fault = faultOf(text, 'this row');
      return fault === undefined ? { inputs: text as string } : { error: fault };
    }
    const [text, pair] = [values[this.#text], values[this.#pair]];
    const fault = faultOf(text, "'text' of this row") ?? faultOf(pair, "'text_pair' of this row");
    return fault === undefined ? { inputs: { text: text as string, text_pair: pair as string } } : { error: fault };
  }

  #countedBytes(inputs: string | { readonly text: string; readonly text_pair: string }): number {
    const text = typeof inputs === 'string' ? inputs : inputs.text + inputs.text_pair;
    return FRAME_BYTES + Math.ceil(Math.min(Buffer.byteLength(text), this.#mostCountedBytes));
  }
}

function jsonOf({ line, values }: TableRow, inputs: Inputs): string {
  return JSON.stringify({ ...inputs, record: line ?? values }, (_, value: unknown) => encodeValue(value));
}

/** In the words of the API and the job, which say the same of a text that they are given. */
function faultOf(text: unknown, what: string): string | undefined {
  if (typeof text === 'string') {
    return text.trim() === '' ? `${what} is empty` : undefined;
  }
  return text === null || text === undefined ? `${what} is empty` : `${what} is not a text`;
}
