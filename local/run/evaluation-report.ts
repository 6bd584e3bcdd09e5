import type { Evaluation } from '../../lambda/shared/evaluation';
import { shortened, table } from './table';

/** What a person should see of a model before it is trusted: what it mixes up, and how each label fares. */
export function evaluationLines({ labelCount, worstLabels, mixUps, confusionMatrix }: Evaluation): string[] {
  return [
    ...mixUps.map(
      ({ label, answer, rows }, place) =>
        `${place === 0 ? 'Mixed up most' : '             '}  ${shortened(label)} answered as ${shortened(answer)}: ` +
        `${rows} of the test rows`,
    ),
    ...table(
      ['label', 'precision', 'recall', 'F1', 'rows'],
      worstLabels.map(({ label, precision, recall, f1, rows }) => [
        label,
        ...[precision, recall, f1].map((share) => share.toFixed(3)),
        String(rows),
      ]),
    ),
    ...(labelCount > worstLabels.length
      ? [`… and ${labelCount - worstLabels.length} more labels with a higher F1; metrics.json has them all`]
      : []),
    ...(confusionMatrix === null ? [] : confusionTable(confusionMatrix)),
  ];
}

/** The answers are numbered, for a column has no room for a name. */
function confusionTable({ labels, rows }: NonNullable<Evaluation['confusionMatrix']>): string[] {
  const numbered = labels.map((label, id) => `${id + 1} ${label}`);
  return table(
    ['label / answer', ...labels.map((_, id) => String(id + 1))],
    rows.map((counts, id) => [numbered[id] ?? '', ...counts.map(String)]),
  );
}
