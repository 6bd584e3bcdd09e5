import type { Evaluation } from '../../lambda/shared/evaluation';
import { bar } from './progress';
import { shortened, table } from './table';

/**
 * What a person should see of a model before it is trusted: what it mixes up, how each label fares, how its training went,
 * and what its scores are worth.
 */
export function evaluationLines(evaluation: Evaluation): string[] {
  const { labelCount, worstLabels, mixUps, confusionMatrix, calibrationError, history } = evaluation;
  return [
    ...mixUps.map(
      ({ label, answer, rows }, place) =>
        `${place === 0 ? 'Mixed up most' : '             '}  ${shortened(label)} answered as ${shortened(answer)}: ` +
        `${rows} of the test rows`,
    ),
    ...(worstLabels.length === 0 ? [] : labelTable(worstLabels)),
    ...(labelCount > worstLabels.length
      ? [`… and ${labelCount - worstLabels.length} more labels with a higher F1; metrics.json has them all`]
      : []),
    ...(confusionMatrix === null ? [] : confusionTable(confusionMatrix)),
    ...(history.length === 0 ? [] : lossCurve(history)),
    ...(calibrationError === null ? [] : [calibrationLine(calibrationError)]),
  ];
}

function labelTable(labels: Evaluation['worstLabels']): string[] {
  return table(
    ['label', 'precision', 'recall', 'F1', 'rows'],
    labels.map(({ label, precision, recall, f1, rows }) => [
      label,
      ...[precision, recall, f1].map((share) => share.toFixed(3)),
      String(rows),
    ]),
  );
}

/** The answers are numbered, for a column has no room for a name. */
function confusionTable({ labels, rows }: NonNullable<Evaluation['confusionMatrix']>): string[] {
  const numbered = labels.map((label, id) => `${id + 1} ${label}`);
  return table(
    ['label / answer', ...labels.map((_, id) => String(id + 1))],
    rows.map((counts, id) => [numbered[id] ?? '', ...counts.map(String)]),
  );
}

function lossCurve(history: Evaluation['history']): string[] {
  const losses = history.flatMap(({ train_loss, validation_loss }) => [train_loss, validation_loss]);
  const highest = Math.max(...losses);
  return table(
    ['epoch', 'step', 'train loss', 'validation loss', ''],
    history.map(({ epoch, step, train_loss, validation_loss }) => [
      epoch.toFixed(1),
      String(step),
      train_loss.toFixed(4),
      validation_loss.toFixed(4),
      bar(validation_loss / highest),
    ]),
  );
}

function calibrationLine({ served, uncalibrated }: NonNullable<Evaluation['calibrationError']>): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return (
    `Scores are off the share of right answers by ${percent(served)} (expected calibration error; ` +
    `${percent(uncalibrated)} before calibration).`
  );
}
