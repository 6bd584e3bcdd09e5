import type { PreparedDataset } from '../../lambda/shared/prepared-dataset';
import { table } from './table';

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
  return table(
    ['label', 'train', 'test', 'share'],
    labels.map(({ label, train, test }) => {
      const share = (100 * (train + test)) / (trainRows + testRows);
      return [label, String(train), String(test), `${share.toFixed(1)} %`];
    }),
  );
}
