/**
 * The layouts that can be read: comma separated with quoting (RFC 4180; the delimiter may also be a semicolon, a tab or a
 * bar), tab separated without quoting, CoLA's own (tab separated without a header), an object in JSON a line, Apache
 * Parquet, and the first sheet of an Excel workbook.
 */
export type Format = 'csv' | 'tsv' | 'cola' | 'jsonl' | 'parquet' | 'xlsx';

/** How messages list what can be read. */
export const READABLE = '.csv, .tsv, .jsonl, .parquet or .xlsx, as it is or as .gz, or one in a .zip';

/** One open file of rows. */
export interface DataFile {
  /** How messages name it. */
  readonly name: string;
  readonly format: Format;
  readonly bytes: AsyncIterable<Buffer>;
}

/** What a file's name tells of it. */
export interface FileKind {
  readonly format: Format;
  readonly isGzipped: boolean;
}

const FORMATS: readonly (readonly [ending: string, format: Format])[] = [
  ['in_domain_train.tsv', 'cola'],
  ['.csv', 'csv'],
  ['.tsv', 'tsv'],
  ['.jsonl', 'jsonl'],
  ['.ndjson', 'jsonl'],
  ['.parquet', 'parquet'],
  ['.xlsx', 'xlsx'],
];

/** What a file's name tells, or undefined when it is no data file, or one that tools keep out of people's sight. */
export function kindOf(path: string): FileKind | undefined {
  if (path.split('/').some((part) => part === '__MACOSX' || /^[._]/.test(part))) {
    return undefined;
  }
  const isGzipped = /\.gz$/i.test(path);
  const name = path.toLowerCase().replace(/\.gz$/, '');
  const found = FORMATS.find(([ending]) => name.endsWith(ending));
  return found && { format: found[1], isGzipped };
}
