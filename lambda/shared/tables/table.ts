import type { SchemaElement } from 'hyparquet';

/** One row as its file has it. */
export interface TableRow {
  /** Where people find it: "data.csv, line 7". */
  readonly where: string;
  /** In the order of the columns that were asked for: text, a number, a list …; undefined where the row has none. */
  readonly values: readonly unknown[];
  /** Where each row is a line by itself (.jsonl), that line. */
  readonly line?: string;
  /** Why the row is not as it should be, behind "data.csv, line 7: "; then it may lack values. */
  readonly fault?: string | undefined;
}

/** A data file of which the columns are known. */
export interface Table {
  /** How messages name the file. */
  readonly name: string;
  /** The columns' names; of a file without a header, what its first row has. */
  readonly columns: readonly string[];
  /** Whether `columns` are names for certain; in a CSV file they may be the first row of data. */
  readonly hasNames: boolean;
  /** What was guessed about the file, for people to see: "encoding Windows-1252". */
  readonly guesses: readonly string[];
  /** Of .parquet: its columns' types, as the file has them. */
  readonly parquetSchema?: readonly SchemaElement[];
  /** What a column's numbers stand for, where the file says so (Hugging Face's ClassLabel). */
  valueNames(column: number): readonly string[] | undefined;
  /**
   * Reads some columns row by row, in the order of the file. A table can be read once.
   *
   * @param columns their places, from 0 on
   * @param firstRowIsData for a file without a header
   * @throws InvalidDataset when the file cannot be read on
   */
  read(columns: readonly number[], firstRowIsData: boolean): AsyncIterable<TableRow>;
}
