import { asyncBufferFromFile, parquetMetadataAsync, parquetRead, parquetSchema, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { isNativeError } from 'node:util/types';
import * as v from 'valibot';
import { InvalidDataset } from '../step-errors';
import type { Table, TableRow } from './table';

/** What Hugging Face's datasets writes beside the rows: the names of the numbers in a ClassLabel column. */
const featuresSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    info: v.object({ features: v.record(v.string(), v.looseObject({ names: v.optional(v.array(v.string())) })) }),
  }),
);

/**
 * Opens a Parquet file, by hyparquet: of its rows only the wanted columns are read, a row group at a time.
 *
 * @param name how messages name the file
 * @param path where it is
 * @throws InvalidDataset when it is no Parquet file, or, while reading, one that is damaged
 */
export async function openParquet(name: string, path: string): Promise<Table> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const names = valueNamesIn(metadata);
  return {
    name,
    columns,
    hasNames: true,
    guesses: [],
    parquetSchema: metadata.schema,
    valueNames: (column) => names[columns[column] ?? ''],
    async *read(places): AsyncGenerator<TableRow> {
      const wanted = places.map((place) => columns[place] ?? '');
      let start = 0;
      for (const group of metadata.row_groups) {
        const end = start + Number(group.num_rows);
        const values = await readColumns(wanted, start, end);
        for (let row = start; row < end; row += 1) {
          yield { where: `${name}, row ${row + 1}`, values: wanted.map((column) => values.get(column)?.[row - start]) };
        }
        start = end;
      }
    },
  };

  async function readColumns(wanted: string[], rowStart: number, rowEnd: number): Promise<Map<string, unknown[]>> {
    const values = new Map<string, unknown[]>();
    try {
      await parquetRead({
        file,
        metadata,
        compressors,
        columns: wanted,
        rowStart,
        rowEnd,
        onChunk: ({ columnName, columnData, rowStart: first }) => {
          const column = values.get(columnName) ?? [];
          values.set(columnName, column);
          for (const [place, value] of columnData.entries()) {
            column[first - rowStart + place] = value;
          }
        },
      });
    } catch (error) {
      throw unreadable(name, error);
    }
    return values;
  }
}

function valueNamesIn({ key_value_metadata: pairs = [] }: FileMetaData): Readonly<Record<string, readonly string[]>> {
  const features = v.safeParse(featuresSchema, pairs.find(({ key }) => key === 'huggingface')?.value);
  if (!features.success) {
    return {};
  }
  const named = Object.entries(features.output.info.features).map(
    ([column, { names = [] }]) => [column, names] as const,
  );
  return Object.fromEntries(named.filter(([, names]) => names.length > 0));
}

function unreadable(name: string, error: unknown): InvalidDataset {
  return new InvalidDataset(
    `${name} is not a sound Parquet file: ${isNativeError(error) ? error.message : String(error)}`,
    {
      cause: error,
    },
  );
}
