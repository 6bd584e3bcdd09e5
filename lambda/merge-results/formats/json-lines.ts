import type { RowRecord } from '../../shared/batch';
import { distinct, type Format, inBlocks, objectIn, type ResultRow, type ResultTable, valuesIn } from './result-table';
import { plainValues } from './parquet-values';

/** Where a row of .jsonl that is no object goes. */
const LINE = 'line';

/** An object in JSON on each line. A row of .jsonl stays as it was written, to the last digit of its numbers. */
export const jsonLines: Format = (table, rows) => inBlocks(linesOf(table, rows));

async function* linesOf(table: ResultTable, rows: AsyncIterable<ResultRow>): AsyncGenerator<string> {
  const names = distinct(table.columns);
  const added = table.added.map(({ name }) => name);
  const toPlain =
    table.parquetSchema === null ? (values: readonly unknown[]) => values : plainValues(table.parquetSchema);
  const fieldsOf = (record: RowRecord): string => {
    if (typeof record !== 'string') {
      return fieldsIn(names, toPlain(valuesIn(record, names)));
    }
    const isObject = objectIn(record) !== undefined;
    return isObject
      ? record.slice(record.indexOf('{') + 1, record.lastIndexOf('}')).trim()
      : fieldsIn([LINE], [record]);
  };
  for await (const { record, cells } of rows) {
    const fields = fieldsOf(record);
    yield `{${fields}${fields === '' ? '' : ','}${fieldsIn(added, cells)}}\n`;
  }
}

function fieldsIn(names: readonly string[], values: readonly unknown[]): string {
  return names.map((name, place) => `${JSON.stringify(name)}:${JSON.stringify(values[place] ?? null)}`).join(',');
}
