import type { EndpointAnswer } from '../lambda/shared/endpoint-answer';
import { ColumnFinder } from '../lambda/shared/tables/columns';
import { csvField } from '../lambda/shared/tables/csv-field';
import { openCsv } from '../lambda/shared/tables/csv-table';
import type { Table } from '../lambda/shared/tables/table';
import { CommandFailed } from '../local/run/failure';

export interface CsvOptions {
  /** By name, or number from 1 on. @default - the column that is called as usual */
  readonly textColumn?: string;
  /** Of second texts. @default - `text_pair`, if there is one */
  readonly pairColumn?: string;
}

/** A text to classify, or two that are classified together. */
export interface Item {
  readonly input: string | { readonly text: string; readonly text_pair: string };
  /** How a message names it. */
  readonly where: string;
  /** Of a CSV file, the row's fields. */
  readonly fields?: readonly string[];
}

/** Where the file has a column of a name already, the new one's begins so; as in the results of a batch. */
const PREFIX = 'predicted_';

/** A CSV file to classify: its rows come back as they were, with the columns `label` and `score`, or `labels` and `scores`. */
export class CsvTexts {
  private constructor(
    private readonly table: Table,
    private readonly text: number,
    private readonly pair: number | undefined,
    private readonly severalLabels: boolean,
  ) {}

  /** @throws InvalidDataset when the columns are not there */
  static async open(bytes: NodeJS.ReadableStream, options: CsvOptions, severalLabels: boolean): Promise<CsvTexts> {
    const file = { name: 'standard input', format: 'csv', bytes: bytes as AsyncIterable<Buffer> } as const;
    const table = await openCsv(file, 'guess');
    const finder = new ColumnFinder(table, { text: '--text-column', pair: '--pair-column' });
    const text = finder.require('text', options.textColumn ?? null);
    const pair = finder.find('pair', options.pairColumn ?? null);
    finder.assertDifferent({ text, pair });
    return new CsvTexts(table, text, pair, severalLabels);
  }

  get header(): string {
    const added = this.severalLabels ? ['labels', 'scores'] : ['label', 'score'];
    return csvLine([...this.table.columns, ...added.map((name) => this.freeName(name))]);
  }

  /** @throws CommandFailed for a row that is not as it should be */
  async *items(): AsyncGenerator<Item> {
    for await (const { where, values, fault } of this.table.read([...this.table.columns.keys()], false)) {
      if (fault !== undefined) {
        throw new CommandFailed(`${where}: ${fault}`);
      }
      const fields = values.map(String);
      const text = fields[this.text] ?? '';
      const input = this.pair === undefined ? text : { text, text_pair: fields[this.pair] ?? '' };
      yield { input, where, fields };
    }
  }

  line({ fields = [] }: Item, answer: EndpointAnswer[number]): string {
    const [best] = answer;
    const added = this.severalLabels
      ? [JSON.stringify(answer.map(({ label }) => label)), JSON.stringify(answer.map(({ score }) => score))]
      : [best?.label ?? '', String(best?.score ?? '')];
    return csvLine([...fields, ...added]);
  }

  private freeName(name: string): string {
    return this.table.columns.includes(name) ? this.freeName(PREFIX + name) : name;
  }
}

function csvLine(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}
