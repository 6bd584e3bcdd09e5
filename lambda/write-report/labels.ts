import { html, type Html } from '../shared/html';
import { details, rounded, table } from './format';
import type { TrainingMetrics } from './metrics';

/** More are shut at first. */
const MOST_OPEN = 30;
/** A larger matrix tells a reader nothing. */
const LARGEST_MATRIX = 20;
const MOST_MIX_UPS = 20;

/** How each label fares, the worst first, and what is taken for what. */
export function labelsSection(metrics: TrainingMetrics): Html | null {
  const measured = Object.entries(metrics.per_label).map(([label, { precision, recall, support, threshold }]) => {
    const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    return { label, precision, recall, f1, support, threshold };
  });
  if (measured.length === 0) {
    return null;
  }
  const hasThresholds = measured.some(({ threshold }) => threshold !== undefined);
  const rows = measured
    .sort((one, other) => one.f1 - other.f1 || other.support - one.support)
    .map(({ label, precision, recall, f1, support, threshold }) => [
      label,
      rounded(precision),
      rounded(recall),
      rounded(f1),
      support,
      ...(hasThresholds ? [rounded(threshold ?? 0.5)] : []),
    ]);
  const head = ['label', 'precision', 'recall', 'F1', 'rows', ...(hasThresholds ? ['threshold'] : [])];
  return html`<section>
    <h2>Labels</h2>
    ${table('On the test split, those with the lowest F1 first', head, rows.slice(0, MOST_OPEN))}
    ${
      rows.length > MOST_OPEN
        ? details(`${rows.length - MOST_OPEN} more labels`, table('The other labels', head, rows.slice(MOST_OPEN)))
        : null
    }
    ${confusion(metrics)}
  </section>`;
}

function confusion({ labels, confusion_matrix: matrix }: TrainingMetrics): Html | null {
  if (matrix.length === 0) {
    return null;
  }
  return labels.length <= LARGEST_MATRIX ? matrixTable(labels, matrix) : mixUpTable(labels, matrix);
}

function matrixTable(labels: readonly string[], matrix: readonly (readonly number[])[]): Html {
  return table(
    'Confusion matrix: a row for each label, a column for each answer; the darker, the larger a share of the row',
    ['label / answer', ...labels],
    matrix.map((answers, id) => {
      const rows = answers.reduce((sum, count) => sum + count, 0);
      return [labels[id] ?? '', ...answers.map((count) => shaded(count, rows === 0 ? 0 : count / rows))];
    }),
  );
}

function shaded(count: number, share: number): Html {
  return html`<span class="shaded" style="--share: ${Math.round(100 * share)}%">${count}</span>`;
}

function mixUpTable(labels: readonly string[], matrix: readonly (readonly number[])[]): Html {
  const mixUps = matrix
    .flatMap((answers, id) => answers.map((count, answer) => ({ id, answer, count })))
    .filter(({ id, answer, count }) => id !== answer && count > 0)
    .sort((one, other) => other.count - one.count)
    .slice(0, MOST_MIX_UPS);
  return table(
    `What is mixed up most; a matrix of ${labels.length} labels would tell nothing`,
    ['label', 'answered as', 'rows'],
    mixUps.map(({ id, answer, count }) => [labels[id] ?? '', labels[answer] ?? '', count]),
  );
}
