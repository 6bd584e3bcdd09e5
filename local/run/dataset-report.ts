import type { PreparedDataset } from '../../lambda/shared/prepared-dataset';

/** Of a label's name, in characters. */
const LONGEST_SHOWN = 40;

/** What a person should see of a dataset before it is trained on: how it was read, its labels, and what was left out. */
export function datasetLines(dataset: PreparedDataset): string[] {
  const { rows, trainRows, testRows, choices, warnings, labels, labelCount } = dataset;
  const leftOut = [
    [dataset.duplicates, 'duplicates'],
    [dataset.inTestSplit, 'that are in the test split'],
    [dataset.emptyRows, 'without text or label'],
    [dataset.droppedRows, 'of labels that are too rare'],
  ] as const;
  const left = leftOut.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [
    `${rows} rows: ${trainRows} to train on, ${testRows} to test with${left.length > 0 ? `; left out: ${left.join(', ')}` : ''}`,
    `Read with ${choices.join(', ')}.`,
    ...labelTable(dataset),
    ...(labelCount > labels.length
      ? [`… and ${labelCount - labels.length} more labels; the manifest has them all`]
      : []),
    ...warnings.map((warning) => `Warning: ${warning}`),
  ];
}

function labelTable({ labels, trainRows, testRows }: PreparedDataset): string[] {
  const names = labels.map(({ label }) =>
    label.length > LONGEST_SHOWN ? `${label.slice(0, LONGEST_SHOWN - 1)}…` : label,
  );
  const width = Math.max(5, ...names.map((name) => name.length));
  const line = (label: string, ...columns: readonly string[]): string =>
    [label.padEnd(width), ...columns.map((column) => column.padStart(8))].join(' ');
  return [
    line('label', 'train', 'test', 'share'),
    ...labels.map(({ train, test }, place) => {
      const share = (100 * (train + test)) / (trainRows + testRows);
      return line(names[place] ?? '', String(train), String(test), `${share.toFixed(1)} %`);
    }),
  ];
}
