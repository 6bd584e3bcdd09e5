import { isNativeError } from 'node:util/types';
import { readSheet } from 'read-excel-file/node';
import { InvalidDataset } from '../step-errors';
import type { Table, TableRow } from './table';

/**
 * Opens the first sheet of an Excel workbook, by read-excel-file, which holds all of it in memory: exceljs, which does
 * not, has had no release since 2023, and SheetJS none on npm since 2022.
 *
 * @param name how messages name the file
 * @param path where it is
 * @throws InvalidDataset when it is no workbook, or has no row
 */
export async function openXlsx(name: string, path: string): Promise<Table> {
  const rows = await readSheet(path).catch((error: unknown) => {
    const reason = isNativeError(error) ? error.message : String(error);
    throw new InvalidDataset(`${name} is not a sound Excel workbook: ${reason}`, { cause: error });
  });
  const [header, ...data] = rows;
  if (header === undefined) {
    throw new InvalidDataset(`${name} has nothing in its first sheet; it must have a header and a row for each text`);
  }
  return {
    name,
    columns: header.map((cell) => String(cell ?? '').trim()),
    hasNames: false,
    guesses: [],
    valueNames: () => undefined,
    // oxlint-disable-next-line typescript/require-await -- as all tables are read
    async *read(places, firstRowIsData): AsyncGenerator<TableRow> {
      for (const [index, row] of (firstRowIsData ? rows : data).entries()) {
        if (row.some((cell) => cell !== null)) {
          yield {
            where: `${name}, row ${index + (firstRowIsData ? 1 : 2)}`,
            // An empty cell is the empty text that it would be in a .csv.
            values: places.map((place) => row[place] ?? ''),
          };
        }
      }
    },
  };
}
