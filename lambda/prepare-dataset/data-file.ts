/**
 * The layouts that can be read: comma separated with quoting (RFC 4180), tab separated without quoting, and CoLA's own,
 * tab separated without a header.
 */
export type Format = 'csv' | 'tsv' | 'cola';

/** One open file of rows. */
export interface DataFile {
  /** How messages name it. */
  readonly name: string;
  readonly format: Format;
  readonly bytes: AsyncIterable<Buffer>;
}

/** The layout that a file's name tells, or undefined when it is no data file. */
export function formatOf(path: string): Format | undefined {
  const name = path.split('/').at(-1)?.toLowerCase() ?? '';
  if (name === 'in_domain_train.tsv') {
    return 'cola';
  }
  if (name.endsWith('.csv')) {
    return 'csv';
  }
  return name.endsWith('.tsv') ? 'tsv' : undefined;
}
