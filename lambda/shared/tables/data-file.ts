/**
 * The layouts that can be read: comma separated with quoting (RFC 4180; the delimiter may also be a semicolon, a tab or a
 * bar), tab separated without quoting, CoLA's own (tab separated without a header), an object in JSON a line, Apache
 * Parquet, and the first sheet of an Excel workbook.
 */
export type Format = 'csv' | 'tsv' | 'cola' | 'jsonl' | 'parquet' | 'xlsx';

/** How messages list what can be read of a folder, and by its name. */
export const READABLE_WITHIN = '.csv, .tsv, .jsonl, .parquet or .xlsx, as it is or as .gz';
export const READABLE = `${READABLE_WITHIN}, or one in a .zip`;

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

/** What a file's name tells, or undefined when it is no data file. */
export function kindOf(name: string): FileKind | undefined {
  const isGzipped = /\.gz$/i.test(name);
  const unzipped = name.toLowerCase().replace(/\.gz$/, '');
  const found = FORMATS.find(([ending]) => unzipped.endsWith(ending));
  return found && { format: found[1], isGzipped };
}

/** Of a zip, what is in it tells. */
export function isZip(name: string): boolean {
  return name.toLowerCase().endsWith('.zip');
}

/** As `kindOf`, of a file that nobody has named: one that tools keep out of people's sight is no data file. */
export function kindWithin(pathBelow: string): FileKind | undefined {
  return isHidden(pathBelow) ? undefined : kindOf(pathBelow);
}

/** Whether tools keep what is there, below a folder, out of people's sight. */
export function isHidden(pathBelow: string): boolean {
  return pathBelow.split('/').some((part) => part === '__MACOSX' || /^[._]/.test(part));
}
