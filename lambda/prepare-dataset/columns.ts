import type { Plan } from '../shared/plan';
import { ColumnFinder } from '../shared/tables/columns';
import type { Table } from '../shared/tables/table';

/** Where the fields of a labeled text are: the places of their columns, from 0 on. */
export interface Columns {
  readonly text: number;
  readonly pair: number | undefined;
  readonly label: number;
}

const FIELDS = { text: 'dataset.textColumn', pair: 'dataset.pairColumn', label: 'dataset.labelColumn' };

/**
 * Finds the columns of a dataset.
 *
 * @throws InvalidDataset with the columns that there are, when one is missing or more than one may be meant
 */
export function findColumns(
  table: Pick<Table, 'name' | 'columns'>,
  dataset: Pick<Plan['dataset'], 'textColumn' | 'pairColumn' | 'labelColumn'>,
): Columns {
  const finder = new ColumnFinder(table, FIELDS);
  const found = {
    text: finder.require('text', dataset.textColumn),
    pair: finder.find('pair', dataset.pairColumn),
    label: finder.require('label', dataset.labelColumn),
  };
  finder.assertDifferent(found);
  return found;
}
