import type { BatchSummary } from '../../lambda/shared/batch-results';
import { duration } from '../../local/run/progress';
import { table } from '../../local/run/table';

const MOST_ERRORS = 5;

/** What is told of a run that has ended. */
export function summaryLines(outcome: BatchSummary, isPaid: boolean): string[] {
  const { rows, errors, errorsByKind, truncatedRows, labels, meanConfidence, seconds, costUsd, files } = outcome;
  const kinds = Object.entries(errorsByKind);
  return [
    `Classified ${count(rows, 'row')} of ${count(files, 'file')} in ${duration(seconds)}: ${count(errors, 'row')} with an error.`,
    ...(labels.length === 0
      ? []
      : table(
          ['label', 'rows', 'share'],
          labels.map((each) => [each.label, each.rows.toLocaleString('en'), `${(each.share * 100).toFixed(1)} %`]),
        )),
    ...(meanConfidence === null ? [] : [`Mean confidence ${meanConfidence.toFixed(3)}.`]),
    ...kinds.slice(0, MOST_ERRORS).map(([kind, number]) => `Error in ${count(number, 'row')}: ${kind}`),
    ...(kinds.length > MOST_ERRORS ? [`… and ${count(kinds.length - MOST_ERRORS, 'other kind')} of errors.`] : []),
    ...(truncatedRows > 0 ? [`Longer than the model takes, and cut: ${count(truncatedRows, 'text')}.`] : []),
    ...(isPaid && costUsd !== null ? [`Cost of the instances: ${costUsd.toFixed(2)} USD.`] : []),
  ];
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}
