import { InvalidDataset } from '../step-errors';
import type { Table } from './table';
import { type ColumnRole, USUAL_NAMES } from './usual-names';

/** In characters, of a message. */
const LONGEST_SHOWN_HEADER = 1000;

/** Finds a table's columns, from 0 on. */
export class ColumnFinder {
  /** @param fields of the execution's input, that name the column of each role */
  constructor(
    readonly table: Pick<Table, 'name' | 'columns'>,
    readonly fields: Readonly<Partial<Record<ColumnRole, string>>>,
  ) {}

  /**
   * Finds the column that is named or numbered (from 1 on), else the one that is called as usual, whatever its capitals.
   *
   * @param configured null where the usual names should do
   * @returns undefined where none is called as usual
   * @throws InvalidDataset with the columns that there are, when it is missing or more than one may be meant
   */
  find(role: ColumnRole, configured: string | null): number | undefined {
    return configured === null ? this.#guess(role) : this.#findConfigured(role, configured);
  }

  /**
   * As `find`, for what must be there.
   *
   * @throws InvalidDataset also where no column is called as usual
   */
  require(role: ColumnRole, configured: string | null): number {
    const place = this.find(role, configured);
    if (place === undefined) {
      throw new InvalidDataset(
        `${this.table.name}: no column is called as a ${role} usually is (${USUAL_NAMES[role].join(', ')}), there is only ` +
          `${this.#shown()}; name the ${role} column in ${this.#field(role)}, or number it where there is no header`,
      );
    }
    return place;
  }

  /**
   * @param places by role
   * @throws InvalidDataset when two of these are the same column
   */
  assertDifferent(places: Readonly<Record<string, number | undefined>>): void {
    const found = Object.values(places).filter((place) => place !== undefined);
    const twice = found.find((place, index) => found.indexOf(place) < index);
    if (twice !== undefined) {
      const roles = Object.keys(places);
      throw new InvalidDataset(
        `${this.table.name}: ${roles.slice(0, -1).join(', ')} and ${roles.at(-1) ?? ''} must be columns of their own, and two ` +
          `of them are ${quote(this.table.columns[twice])}`,
      );
    }
  }

  #guess(role: ColumnRole): number | undefined {
    const { name, columns } = this.table;
    const found = columns.flatMap((column, place) => (USUAL_NAMES[role].includes(folded(column)) ? [place] : []));
    if (found.length > 1) {
      throw new InvalidDataset(
        `${name}: the ${role} may be in ${found.map((place) => quote(columns[place])).join(' or ')}; name the column in ` +
          this.#field(role),
      );
    }
    return found[0];
  }

  #findConfigured(role: ColumnRole, wanted: string): number {
    const { name, columns } = this.table;
    const exact = columns.includes(wanted);
    const found = columns.flatMap((column, place) =>
      (exact ? column === wanted : folded(column) === folded(wanted)) ? [place] : [],
    );
    if (found.length > 1) {
      throw new InvalidDataset(`${name}: there is more than one column ${quote(wanted)}; rename one of them`);
    }
    const number = isNumber(wanted) ? Number(wanted) - 1 : NaN;
    const place = found[0] ?? (number >= 0 && number < columns.length ? number : undefined);
    if (place === undefined) {
      throw new InvalidDataset(
        `${name}: there is no column ${quote(wanted)}, only ${this.#shown()}; correct ${this.#field(role)}`,
      );
    }
    return place;
  }

  #field(role: ColumnRole): string {
    return this.fields[role] ?? role;
  }

  /** A file without a header has its first text here, of whatever length. */
  #shown(): string {
    const names = this.table.columns.map(quote).join(', ');
    return names.length > LONGEST_SHOWN_HEADER ? `${names.slice(0, LONGEST_SHOWN_HEADER)}…` : names;
  }
}

/** Whether a column is given by its number. */
export function isNumber(column: string | null): boolean {
  return /^\d+$/.test(column ?? '');
}

function folded(column: string): string {
  return column.trim().toLowerCase();
}

function quote(name: string | undefined): string {
  return `"${name ?? ''}"`;
}
