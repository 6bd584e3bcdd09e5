import type { Classified, Input } from './api';
import { element, make } from './page';
import { notesOf } from './single';

export interface Row {
  readonly input: Input;
  readonly classified: Classified;
}

/** A table of more would make the page slow; the filter and the download reach all. */
const MOST_SHOWN = 500;

let all: readonly Row[] = [];

const textOf = (input: Input): string => (typeof input === 'string' ? input : `${input.text} / ${input.text_pair}`);
const labelsOf = ({ classified }: Row): string => classified.predictions.map(({ label }) => label).join('; ');

/** Labels that a row is filed under: of one label a text the best alone, as the others are named for their scores only. */
let filedUnder: (row: Row) => string[] = () => [];

/**
 * Shows these rows, as far as they pass the filter.
 *
 * @param severalLabels whether all labels of a row apply, and not the first alone
 */
export function showTable(rows: readonly Row[]): void {
  all = rows;
  const labels = [...new Set(rows.flatMap(filedUnder))].sort();
  const choice = element('label', HTMLSelectElement);
  const chosen = choice.value;
  choice.replaceChildren(...['', ...labels].map((label) => new Option(label === '' ? 'every label' : label, label)));
  choice.value = labels.includes(chosen) ? chosen : '';
  element('table').hidden = false;
  showRows();
}

/** Takes the table away. */
export function hideTable(): void {
  all = [];
  element('table').hidden = true;
}

/** @param severalLabels whether the model gives a text any number of labels; else the first one is its label */
export function setUpTable(severalLabels: () => boolean): void {
  filedUnder = ({ classified: { predictions } }) =>
    (severalLabels() ? predictions : predictions.slice(0, 1)).map(({ label }) => label);
  element('filter').addEventListener('input', showRows);
  element('label').addEventListener('change', showRows);
  element('download').addEventListener('click', download);
}

function passing(): { row: Row; number: number }[] {
  const words = element('filter', HTMLInputElement).value.toLowerCase();
  const label = element('label', HTMLSelectElement).value;
  return all
    .map((row, index) => ({ row, number: index + 1 }))
    .filter(({ row }) => textOf(row.input).toLowerCase().includes(words))
    .filter(({ row }) => label === '' || filedUnder(row).includes(label));
}

function showRows(): void {
  const rows = passing();
  const shown = rows.slice(0, MOST_SHOWN);
  element('rows').replaceChildren(
    ...shown.map(({ row, number }) => {
      const line = make('tr');
      const [best] = row.classified.predictions;
      line.append(
        make('td', String(number)),
        make('td', textOf(row.input)),
        make('td', filedUnder(row).join(', ')),
        make('td', best === undefined ? '' : best.score.toFixed(3)),
        make('td', notesOf(row.classified)),
      );
      return line;
    }),
  );
  const more = shown.length < rows.length ? `, of which the first ${shown.length} are shown` : '';
  element('count').textContent = `${rows.length} of ${all.length} rows${more}`;
}

/** All rows that pass the filter, with all scores, as RFC 4180 has it. */
function download(): void {
  const lines = passing().map(({ row, number }) => [
    String(number),
    ...(typeof row.input === 'string' ? [row.input, ''] : [row.input.text, row.input.text_pair]),
    labelsOf(row),
    row.classified.predictions.map(({ score }) => score).join('; '),
    notesOf(row.classified),
  ]);
  const head = ['row', 'text', 'text_pair', 'labels', 'scores', 'note'];
  const csv = [head, ...lines].map((fields) => `${fields.map(quoted).join(',')}\r\n`).join('');
  const link = Object.assign(document.createElement('a'), {
    href: URL.createObjectURL(new Blob([csv], { type: 'text/csv' })),
    download: 'classified.csv',
  });
  link.click();
  URL.revokeObjectURL(link.href);
}

function quoted(field: string): string {
  // A spreadsheet would take a text that begins so for a formula.
  const harmless = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
