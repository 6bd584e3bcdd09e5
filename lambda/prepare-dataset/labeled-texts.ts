import type { Hash } from 'node:crypto';
import { join } from 'node:path';
import type { Plan } from '../shared/plan';
import { InvalidDataset } from '../shared/step-errors';
import { csvLine } from './csv-line';
import type { DataFile } from '../shared/tables/data-file';
import { Examples } from './examples';
import { LineFile } from './line-file';
import { openTable } from '../shared/tables/open-table';
import { RowReader } from './rows';
import { dataFiles, type SourceOptions } from '../shared/tables/source';
import { Truncation } from './truncation';

/** The texts wait in the function's temporary storage, which a zip may need the other half of. */
const MOST_TEXT_BYTES = 2 * 1024 ** 3;

/** All rows of a dataset as they are read: what is new waits in a file, the rest is counted. */
export class LabeledTexts {
  readonly examples = new Examples();
  readonly truncation: Truncation;
  rows = 0;
  /** Rows without text or without label, and where the first one is. */
  emptyRows = 0;
  firstEmpty: string | undefined;
  readonly #choices = new Set<string>();
  readonly #lines: LineFile;
  /** As the first file has it; all must be alike. */
  #shape: { readonly hasPairs: boolean; readonly severalLabels: boolean; readonly file: string } | undefined;

  /** @param sha256 takes up the data files' bytes */
  constructor(
    readonly dataset: Plan['dataset'],
    readonly options: SourceOptions,
    readonly sha256: Hash,
  ) {
    this.truncation = new Truncation(dataset.maxLength ?? Infinity);
    this.#lines = new LineFile(join(options.folder, 'lines'), MOST_TEXT_BYTES);
  }

  get hasPairs(): boolean {
    return this.#shape?.hasPairs ?? false;
  }

  get severalLabels(): boolean {
    return this.#shape?.severalLabels ?? false;
  }

  /** How the files were read; what is the same for all of them once. */
  get choices(): string[] {
    return [...this.#choices];
  }

  /**
   * Reads a source's files.
   *
   * @param isTest for a test split that is given, which comes before the rows to train on
   */
  async read(source: string, isTest = false): Promise<void> {
    for await (const file of dataFiles(source, this.options)) {
      await this.#readFile(file, isTest);
    }
  }

  /** As lines of CSV, in the order of `examples`. */
  lines(): AsyncGenerator<Buffer> {
    return this.#lines.lines();
  }

  /** Lets go of the file that they wait in. */
  close(): void {
    this.#lines.close();
  }

  async #readFile(file: DataFile, isTest: boolean): Promise<void> {
    const table = await openTable({ ...file, bytes: this.#hashed(file.bytes) }, this.options.folder);
    const reader = new RowReader(table, this.dataset);
    if (reader.hasPairs && this.dataset.inWindows) {
      throw new InvalidDataset(
        `${file.name} has pairs of texts, and training.overflow, or that of a candidate, is window, in which no pairs are read; ` +
          'choose truncate or error, or rename the column of second texts if it is none',
      );
    }
    for await (const row of reader.rows()) {
      this.rows += 1;
      if ('empty' in row) {
        this.emptyRows += 1;
        this.firstEmpty ??= `${row.where}: the ${row.empty} is empty`;
        continue;
      }
      this.#assertAlike(reader, file.name);
      if (this.examples.add(row, isTest)) {
        this.truncation.add(row.pair === undefined ? row.text : `${row.text} ${row.pair}`);
        await this.#lines.write(csvLine(row, reader.severalLabels));
      }
    }
    for (const choice of reader.choices) {
      this.#choices.add(choice);
    }
  }

  #assertAlike({ hasPairs, severalLabels }: RowReader, file: string): void {
    this.#shape ??= { hasPairs, severalLabels, file };
    if (this.#shape.hasPairs !== hasPairs || this.#shape.severalLabels !== severalLabels) {
      const shape = (pairs: boolean, several: boolean): string =>
        `${pairs ? 'pairs of texts' : 'single texts'} with ${several ? 'lists of labels' : 'one label each'}`;
      throw new InvalidDataset(
        `${file} has ${shape(hasPairs, severalLabels)} where ${this.#shape.file} has ` +
          `${shape(this.#shape.hasPairs, this.#shape.severalLabels)}; all data files must be alike`,
      );
    }
  }

  async *#hashed(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      this.sha256.update(chunk);
      yield chunk;
    }
  }
}
