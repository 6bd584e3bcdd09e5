/** Of a cell in the first column, in characters. */
const LONGEST_SHOWN = 40;
const NARROWEST_COLUMN = 8;

/** Lines of a table: the first column to the left, as wide as its longest cell, the others to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [header, ...rows].map(([first = '', ...others]) => [shortened(first), ...others]);
  const widths = header.map((_, column) =>
    Math.max(column === 0 ? 5 : NARROWEST_COLUMN, ...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  return lines.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join(' ')
      .trimEnd(),
  );
}

/** A label may have hundreds of characters. */
export function shortened(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text;
}
