import type { Plan } from '../shared/plan';
import { InvalidDataset } from '../shared/step-errors';
import type { Table } from './table';

/** Where the fields of a labeled text are: the places of their columns, from 0 on. */
export interface Columns {
  readonly text: number;
  readonly pair: number | undefined;
  readonly label: number;
}

type Role = 'text' | 'pair' | 'label';

/** What columns are usually called; Hugging Face's own name for the second text of a pair. */
const USUAL_NAMES: Readonly<Record<Role, readonly string[]>> = {
  text: ['text', 'sentence', 'review', 'content', 'comment', 'message', 'title'],
  pair: ['text_pair'],
  label: ['label', 'labels', 'category', 'class', 'target', 'sentiment', 'intent', 'tags'],
};

/** In characters, of a message. */
const LONGEST_SHOWN_HEADER = 1000;

/**
 * Finds the columns: those that are named or numbered (from 1 on) in `dataset.textColumn` and its like, else the one
 * that is called as usual, whatever its capitals.
 *
 * @throws InvalidDataset with the columns that there are, when one is missing or more than one may be meant
 */
export function findColumns(
  { name, columns }: Pick<Table, 'name' | 'columns'>,
  dataset: Pick<Plan['dataset'], 'textColumn' | 'pairColumn' | 'labelColumn'>,
): Columns {
  const find = (role: Role, configured: string | null): number | undefined =>
    configured === null ? guess(role) : findConfigured(role, configured);

  const guess = (role: Role): number | undefined => {
    const found = columns.flatMap((column, place) => (USUAL_NAMES[role].includes(folded(column)) ? [place] : []));
    if (found.length > 1) {
      throw new InvalidDataset(
        `${name}: the ${role} may be in ${found.map((place) => quote(columns[place])).join(' or ')}; name the column in ` +
          `dataset.${role}Column`,
      );
    }
    return found[0];
  };

  const findConfigured = (role: Role, wanted: string): number => {
    const exact = columns.filter((column) => column === wanted).length > 0;
    const found = columns.flatMap((column, place) =>
      (exact ? column === wanted : folded(column) === folded(wanted)) ? [place] : [],
    );
    if (found.length > 1) {
      throw new InvalidDataset(`${name}: there is more than one column ${quote(wanted)}; rename one of them`);
    }
    const number = /^\d+$/.test(wanted) ? Number(wanted) - 1 : NaN;
    const place = found[0] ?? (number >= 0 && number < columns.length ? number : undefined);
    if (place === undefined) {
      throw new InvalidDataset(
        `${name}: there is no column ${quote(wanted)}, only ${shown(columns)}; correct dataset.${role}Column`,
      );
    }
    return place;
  };

  const required = (role: 'text' | 'label', configured: string | null): number => {
    const place = find(role, configured);
    if (place === undefined) {
      throw new InvalidDataset(
        `${name}: no column is called as a ${role} usually is (${USUAL_NAMES[role].join(', ')}), there is only ` +
          `${shown(columns)}; name the ${role} column in dataset.${role}Column, or number it where there is no header`,
      );
    }
    return place;
  };

  const found = {
    text: required('text', dataset.textColumn),
    pair: find('pair', dataset.pairColumn),
    label: required('label', dataset.labelColumn),
  };
  const places = Object.values(found).filter((place) => place !== undefined);
  if (new Set(places).size < places.length) {
    throw new InvalidDataset(
      `${name}: text, pair and label must be columns of their own, and two of them are ` +
        quote(columns[places.find((place, index) => places.indexOf(place) < index) ?? 0]),
    );
  }
  return found;
}

function folded(column: string): string {
  return column.trim().toLowerCase();
}

/** A file without a header has its first text here, of whatever length. */
function shown(columns: readonly string[]): string {
  const names = columns.map(quote).join(', ');
  return names.length > LONGEST_SHOWN_HEADER ? `${names.slice(0, LONGEST_SHOWN_HEADER)}…` : names;
}

function quote(name: string | undefined): string {
  return `"${name ?? ''}"`;
}
