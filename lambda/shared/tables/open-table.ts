import { join } from 'node:path';
import { openCsv } from './csv-table';
import type { DataFile } from './data-file';
import type { OtherBytes } from './encoding';
import { openJsonl } from './jsonl-table';
import { openParquet } from './parquet-table';
import type { Table } from './table';
import { storeFile } from './temporary-file';
import { openXlsx } from './xlsx-table';

/** A workbook is held in memory whole, at some forty times its size. */
const LARGEST_WORKBOOK_BYTES = 25_000_000;
const LARGEST_PARQUET_BYTES = 2_000_000_000;

/**
 * Opens a data file with the reader for its format.
 *
 * @param folder for what cannot be read as it comes
 * @throws InvalidDataset when it is not what its name says, or has no row
 */
export async function openTable(file: DataFile, folder: string, otherBytes: OtherBytes = 'guess'): Promise<Table> {
  switch (file.format) {
    case 'csv':
    case 'tsv':
    case 'cola':
      return openCsv(file, otherBytes);
    case 'jsonl':
      return openJsonl(file, otherBytes);
    case 'parquet': {
      const path = join(folder, 'data.parquet');
      await storeFile(file.bytes, path, file.name, LARGEST_PARQUET_BYTES);
      return openParquet(file.name, path);
    }
    case 'xlsx': {
      const path = join(folder, 'data.xlsx');
      await storeFile(file.bytes, path, file.name, LARGEST_WORKBOOK_BYTES);
      return openXlsx(file.name, path);
    }
  }
}
