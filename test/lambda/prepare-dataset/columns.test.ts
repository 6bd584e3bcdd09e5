import { findColumns } from '../../../lambda/prepare-dataset/columns';
import type { Table } from '../../../lambda/shared/tables/table';
import { InvalidDataset } from '../../../lambda/shared/step-errors';

const NONE = { textColumn: null, pairColumn: null, labelColumn: null };

test.each([
  [
    ['text', 'label'],
    [0, undefined, 1],
  ],
  [
    ['Label', ' Text '],
    [1, undefined, 0],
  ],
  [
    ['id', 'review', 'sentiment'],
    [1, undefined, 2],
  ],
  [
    ['TARGET', 'x', 'comment'],
    [2, undefined, 0],
  ],
  [
    ['text', 'text_pair', 'label'],
    [0, 1, 2],
  ],
])('finds %j', (columns, [text, pair, label]) => {
  expect(findColumns(table(columns), NONE)).toEqual({ text, pair, label });
});

test.each([
  [{ textColumn: 'b', labelColumn: 'c' }, [1, undefined, 2]],
  [{ textColumn: 'B', labelColumn: 'c' }, [1, undefined, 2]],
  [{ textColumn: '1', labelColumn: '3' }, [0, undefined, 2]],
  [{ textColumn: '7', labelColumn: 'c' }, [3, undefined, 2]],
  [{ textColumn: 'A', labelColumn: 'c', pairColumn: '2' }, [4, 1, 2]],
])('finds what is named or numbered: %j', (options, [text, pair, label]) => {
  expect(findColumns(table(['a', 'b', 'c', '7', 'A']), { ...NONE, ...options })).toEqual({ text, pair, label });
});

test.each([
  [
    ['review', 'title', 'label'],
    {},
    'data.csv: the text may be in "review" or "title"; name the column in dataset.textColumn',
  ],
  [
    ['text', 'class', 'category'],
    {},
    'data.csv: the label may be in "class" or "category"; name the column in dataset.labelColumn',
  ],
  [
    ['text', 'label'],
    { textColumn: 'body' },
    'data.csv: there is no column "body", only "text", "label"; correct dataset.textColumn',
  ],
  [
    ['text', 'label'],
    { textColumn: '3' },
    'data.csv: there is no column "3", only "text", "label"; correct dataset.textColumn',
  ],
  [['text', 'label'], { textColumn: '0' }, 'there is no column "0"'],
  [['a', 'a', 'label'], { textColumn: 'a' }, 'data.csv: there is more than one column "a"; rename one of them'],
  [
    ['text', 'label'],
    { labelColumn: 'text' },
    'data.csv: text, pair and label must be columns of their own, and two of them are "text"',
  ],
])('refuses %j with %j', (columns, options, message) => {
  const find = () => findColumns(table(columns), { ...NONE, ...options });
  expect(find).toThrow(InvalidDataset);
  expect(find).toThrow(message);
});

function table(columns: readonly string[]): Pick<Table, 'name' | 'columns'> {
  return { name: 'data.csv', columns };
}
