import type { SchemaElement as ReadElement } from 'hyparquet';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { ResultColumn } from '../result-columns';
import { textOf } from './delimited';
import { parquetValues } from './parquet-values';
import { distinct, elementsByColumn, type Format, type ResultTable, valuesIn } from './result-table';

/** Rows that are held in memory, for a row group is written column by column. */
const ROWS_PER_GROUP = 20_000;

/**
 * Apache Parquet, by hyparquet-writer, compressed by Snappy. The columns of a Parquet file keep their types; those of another
 * format are text.
 */
export const parquet: Format = async function* (table, rows) {
  const writer = new ByteWriter();
  const { schema, names, toValues } = layoutOf(table);
  const file = new ParquetWriter({ writer, schema });
  const written = (): Buffer => {
    const bytes = Buffer.from(writer.getBytes());
    writer.index = 0;
    return bytes;
  };
  let columns = names.map((): unknown[] => []);
  const writeGroup = async (): Promise<void> => {
    const columnData = names.map((name, place) => ({ name, data: columns[place] ?? [] }));
    columns = names.map(() => []);
    await file.write({ columnData, rowGroupSize: ROWS_PER_GROUP });
  };
  for await (const { record, cells } of rows) {
    const values = [...toValues(valuesIn(record, table.columns)), ...cells];
    for (const [place, column] of columns.entries()) {
      column.push(values[place]);
    }
    if (columns[0]?.length === ROWS_PER_GROUP) {
      await writeGroup();
      yield written();
    }
  }
  await writeGroup();
  await file.finish();
  yield written();
};

function layoutOf({ columns, parquetSchema, added }: ResultTable) {
  const names = distinct(columns);
  const own =
    parquetSchema === null
      ? names.map((name) => [optional(name, 'text')].flat())
      : elementsByColumn(parquetSchema).map((elements) => elements.map(writable));
  const more = added.map(({ name, type }) => optional(name, type));
  return {
    names: [...names, ...added.map(({ name }) => name)],
    schema: [{ name: 'schema', num_children: own.length + more.length }, ...own.flat(), ...more.flat()],
    toValues:
      parquetSchema === null
        ? (values: readonly unknown[]) => values.map((value) => (value === null ? null : textOf(value)))
        : parquetValues(parquetSchema),
  };
}

/** A column that may have nulls. */
function optional(name: string, type: ResultColumn['type']): SchemaElement[] {
  const repetition_type = 'OPTIONAL';
  switch (type) {
    case 'text':
      return [{ name, repetition_type, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
    case 'number':
      return [{ name, repetition_type, type: 'DOUBLE' }];
    case 'texts':
    case 'numbers':
      return [
        { name, repetition_type, converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...optional('element', type === 'texts' ? 'text' : 'number'),
      ];
  }
}

/** As it was read; timestamps of 96 bits are out of use, and nothing writes them any more. */
function writable(element: ReadElement): SchemaElement {
  const read = element as SchemaElement;
  return read.type === 'INT96'
    ? { ...read, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } }
    : read;
}
