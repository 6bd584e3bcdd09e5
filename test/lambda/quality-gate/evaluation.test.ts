import { evaluationOf } from '../../../lambda/quality-gate/evaluation';

const measured = (precision: number, recall: number, support: number) => ({ precision, recall, support });

it('has the labels with the lowest F1 first, and what is mixed up most', () => {
  const evaluation = evaluationOf({
    labels: ['a', 'b', 'c'],
    per_label: { a: measured(1, 0.5, 4), b: measured(0.5, 0.25, 8), c: measured(0, 0, 0) },
    confusion_matrix: [
      [2, 2, 0],
      [1, 2, 5],
      [0, 0, 0],
    ],
  });
  expect(evaluation.labelCount).toBe(2);
  expect(evaluation.worstLabels).toEqual([
    { label: 'b', precision: 0.5, recall: 0.25, f1: 1 / 3, rows: 8 },
    { label: 'a', precision: 1, recall: 0.5, f1: 2 / 3, rows: 4 },
  ]);
  expect(evaluation.mixUps).toEqual([
    { label: 'b', answer: 'c', rows: 5 },
    { label: 'a', answer: 'b', rows: 2 },
    { label: 'b', answer: 'a', rows: 1 },
  ]);
  expect(evaluation.confusionMatrix?.rows).toHaveLength(3);
});

it('of a thousand labels is no more than a state can carry', () => {
  const labels = Array.from({ length: 1000 }, (_, id) => `${id}`.padEnd(256, '-'));
  const evaluation = evaluationOf({
    labels,
    per_label: Object.fromEntries(labels.map((label, id) => [label, measured(id / 1000, id / 1000, 9)])),
    confusion_matrix: labels.map(() => labels.map(() => 1)),
  });
  expect(evaluation.labelCount).toBe(1000);
  expect(evaluation.worstLabels[0]?.label).toBe(labels[0]);
  expect(evaluation.confusionMatrix).toBeNull();
  expect(Buffer.byteLength(JSON.stringify(evaluation))).toBeLessThan(16_000);
});

it('has no matrix and nothing mixed up where a text may have several labels', () => {
  const evaluation = evaluationOf({ labels: ['a'], per_label: { a: measured(1, 1, 3) }, confusion_matrix: [] });
  expect(evaluation).toMatchObject({ labelCount: 1, mixUps: [], confusionMatrix: null });
});
