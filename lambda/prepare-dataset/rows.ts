import { LONGEST_LABEL_BYTES } from '../shared/labels';
import type { Plan } from '../shared/plan';
import { InvalidDataset } from '../shared/step-errors';
import { type Columns, findColumns } from './columns';
import type { EmptyRow, Row } from './row';
import { isNumber } from '../shared/tables/columns';
import type { Table, TableRow } from '../shared/tables/table';

/** What says how to read a table's rows. */
export type RowOptions = Pick<Plan['dataset'], 'textColumn' | 'pairColumn' | 'labelColumn' | 'labelSeparator'>;

/** Where columns are numbered, the first row is a header unless its label comes again among so many rows. */
const LOOKED_AT = 1000;
const DONE = { done: true, value: undefined } as const;

/** Reads a table's rows as labeled texts. */
export class RowReader {
  readonly hasPairs: boolean;
  readonly #columns: Columns;
  readonly #labelNames: readonly string[] | undefined;
  readonly #areNumbered: boolean;
  #hasHeader = true;
  #severalLabels: boolean | undefined;

  /** @throws InvalidDataset with the columns that there are, when one is missing or more than one may be meant */
  constructor(
    readonly table: Table,
    readonly options: RowOptions,
  ) {
    this.#columns = findColumns(table, options);
    this.hasPairs = this.#columns.pair !== undefined;
    this.#labelNames = table.valueNames(this.#columns.label);
    this.#severalLabels = options.labelSeparator === null ? undefined : true;
    this.#areNumbered = !table.hasNames && isNumber(options.textColumn) && isNumber(options.labelColumn);
  }

  /** What was chosen and guessed, for people to see, once the rows were read: `text in "review"`. */
  get choices(): string[] {
    const { text, pair, label } = this.#columns;
    return [
      ...this.table.guesses,
      ...(this.#areNumbered ? [this.#hasHeader ? 'the first row is a header' : 'no header'] : []),
      `text in ${this.#nameOf(text)}`,
      ...(pair === undefined ? [] : [`second text in ${this.#nameOf(pair)}`]),
      `label in ${this.#nameOf(label)}`,
    ];
  }

  /** Whether a text may have several labels; known when a row was read. */
  get severalLabels(): boolean {
    return this.#severalLabels ?? false;
  }

  /** @throws InvalidDataset with a row that is not as it should be, or whose label or text is none */
  async *rows(): AsyncGenerator<Row | EmptyRow> {
    const { text, pair, label } = this.#columns;
    const places = [text, label, ...(pair === undefined ? [] : [pair])];
    for await (const row of this.#areNumbered ? this.#withoutHeader(places) : this.table.read(places, false)) {
      yield this.#read(row);
    }
  }

  /** All rows, the first one too if it is one: if its label, the second value, is also that of one of the next. */
  async *#withoutHeader(places: readonly number[]): AsyncGenerator<TableRow> {
    const rows = this.table.read(places, true)[Symbol.asyncIterator]();
    const looked: TableRow[] = [];
    for (let next = await rows.next(); !next.done; next = looked.length < LOOKED_AT ? await rows.next() : DONE) {
      looked.push(next.value);
    }
    const [first, ...others] = looked;
    this.#hasHeader = !others.some(({ values }) => String(values[1]) === String(first?.values[1]));
    yield* this.#hasHeader ? others : looked;
    for (let next = await rows.next(); !next.done; next = await rows.next()) {
      yield next.value;
    }
  }

  #read({ where, values: [text, label, pair], fault }: TableRow): Row | EmptyRow {
    if (fault !== undefined) {
      throw new InvalidDataset(`${where}: ${fault}`);
    }
    const first = textOf(text, where);
    const second = this.hasPairs ? textOf(pair, where) : undefined;
    if (first === '' || second === '') {
      return { where, empty: 'text' };
    }
    const labels = this.#labelsOf(label, where);
    return labels === undefined ? { where, empty: 'label' } : { where, text: first, pair: second, labels };
  }

  /** @returns undefined where there is none, which is not the same as a list of none, or none between separators */
  #labelsOf(value: unknown, where: string): string[] | undefined {
    const { labelSeparator } = this.options;
    if (value === undefined || value === null || (value === '' && labelSeparator === null)) {
      return undefined;
    }
    this.#severalLabels ??= Array.isArray(value);
    if (Array.isArray(value) && !this.#severalLabels) {
      throw new InvalidDataset(
        `${where}: here is a list of labels where the rows before have one label each; write a list in every row`,
      );
    }
    const list: unknown[] = Array.isArray(value)
      ? value
      : labelSeparator === null || typeof value !== 'string'
        ? [value]
        : value.split(labelSeparator);
    const labels = list.map((label) => this.#labelOf(label, where)).filter((label) => label !== '');
    if (this.#severalLabels) {
      return [...new Set(labels)].sort();
    }
    return labels.length === 0 ? undefined : labels;
  }

  #labelOf(value: unknown, where: string): string {
    const column = `${where}, column ${this.#nameOf(this.#columns.label)}`;
    if (!['string', 'number', 'bigint', 'boolean'].includes(typeof value)) {
      throw new InvalidDataset(
        `${column}: the label is neither text nor number nor true or false; name the right column in dataset.labelColumn`,
      );
    }
    const isCounted = typeof value === 'number' || typeof value === 'bigint';
    const label = ((isCounted && this.#labelNames?.[Number(value)]) || String(value)).trim();
    const bytes = Buffer.byteLength(label);
    if (bytes > LONGEST_LABEL_BYTES) {
      throw new InvalidDataset(
        `${column}: the label has ${bytes} bytes and may have ${LONGEST_LABEL_BYTES}; shorten it, or name the right ` +
          'column in dataset.labelColumn',
      );
    }
    return label;
  }

  /** Where columns are numbered, the first row may be a text of somebody's, and is not repeated. */
  #nameOf(place: number): string {
    return this.#areNumbered ? `column ${place + 1}` : JSON.stringify(this.table.columns[place]?.slice(0, 100) ?? '');
  }
}

function textOf(value: unknown, where: string): string {
  switch (typeof value) {
    case 'string':
      return value.trim();
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      if (value === null || value === undefined) {
        return '';
      }
      // Of a workbook's cell.
      if (value instanceof Date) {
        return value.toISOString();
      }
      throw new InvalidDataset(
        `${where}: the text is a list or an object; name the right column in dataset.textColumn`,
      );
  }
}
