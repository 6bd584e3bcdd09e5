import { parse } from 'csv-parse/browser/esm/sync';
import { type ColumnRole, USUAL_NAMES } from '../../lambda/shared/tables/usual-names';
import type { Input } from './api';

const isCalled = (name: string, role: ColumnRole) => USUAL_NAMES[role].includes(name.trim().toLowerCase());

/** A table that was dropped: its columns' names, and its rows. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Reads a file: a table with commas, semicolons or tabs, whose first line has names, or, where no name is known or the file is
 * a .txt, a text a line.
 *
 * @throws Error with a sentence for people
 */
export async function readTable(file: File): Promise<Table> {
  const content = (await file.text()).replace(/^\uFEFF/, '');
  const [first = ''] = content.split(/\r?\n/, 1);
  const delimiter = [',', ';', '\t'].reduce((best, each) => (count(first, each) > count(first, best) ? each : best));
  if (file.name.endsWith('.txt') || !first.includes(delimiter)) {
    const lines = content.split(/\r?\n/).filter((line) => line.trim() !== '');
    const named = isCalled(first, 'text');
    return { columns: ['text'], rows: (named ? lines.slice(1) : lines).map((line) => [line]) };
  }
  try {
    const [columns = [], ...rows] = parse(content, { delimiter, skip_empty_lines: true, relax_column_count: true });
    return { columns, rows };
  } catch (error) {
    throw new Error(`${file.name} is no table: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** The column that is called like texts, else the one with the longest fields. */
export function textColumn({ columns, rows }: Table): number {
  const named = columns.findIndex((name) => isCalled(name, 'text'));
  const length = (column: number) => rows.slice(0, 100).reduce((sum, row) => sum + (row[column]?.length ?? 0), 0);
  return named >= 0 ? named : columns.reduce((best, _, each) => (length(each) > length(best) ? each : best), 0);
}

/**
 * The inputs in a table; rows without a text are left out.
 *
 * @param pairs whether the model takes pairs
 * @throws Error where there are none, or no second texts
 */
export function inputsOf({ columns, rows }: Table, column: number, pairs: boolean): Input[] {
  const second = columns.findIndex((name) => isCalled(name, 'pair'));
  if (pairs && second < 0) {
    throw new Error(`this model takes pairs: name the column of second texts ${USUAL_NAMES.pair.join(' or ')}`);
  }
  const inputs = rows.flatMap((row): Input[] => {
    const [text = '', pair = ''] = [row[column], row[second]];
    if (text.trim() === '' || (pairs && pair.trim() === '')) return [];
    return [pairs ? { text, text_pair: pair } : text];
  });
  if (inputs.length === 0) {
    throw new Error('the file has no text in this column');
  }
  return inputs;
}

function count(text: string, character: string): number {
  return text.split(character).length;
}
