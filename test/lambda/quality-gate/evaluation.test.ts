import { evaluationOf } from '../../../lambda/shared/artifact/evaluation';

/** What metrics.json need not have. */
const NONE = { labels: [], per_label: {}, confusion_matrix: [], history: [] };
const measured = (precision: number, recall: number, support: number) => ({ precision, recall, support });

it('has the labels with the lowest F1 first, and what is mixed up most', () => {
  const evaluation = evaluationOf({
    ...NONE,
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
    ...NONE,
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
  const evaluation = evaluationOf({ ...NONE, labels: ['a'], per_label: { a: measured(1, 1, 3) } });
  expect(evaluation).toMatchObject({ labelCount: 1, mixUps: [], confusionMatrix: null });
});

it('has the calibration error before and after, where both were measured', () => {
  const calibrated = { calibration_error: 0.02, uncalibrated: { calibration_error: 0.1 } };
  expect(evaluationOf({ ...NONE, ...calibrated }).calibrationError).toEqual({ served: 0.02, uncalibrated: 0.1 });
  expect(evaluationOf({ ...NONE, calibration_error: 0.02 }).calibrationError).toBeNull();
});

it.each([
  [0, []],
  [3, [1, 2, 3]],
  [13, [1, 3, 5, 7, 9, 11, 13]],
  [100, [1, 10, 19, 28, 37, 46, 55, 64, 73, 82, 91, 100]],
])('of %d measurements has as many as a state can carry, the last among them', (count, steps) => {
  const rest = { epoch: 1, train_loss: 1, validation_loss: 1, validation_accuracy: 1 };
  const scores = { validation_matthews_correlation: 1, validation_micro_f1: 1, validation_macro_f1: 1 };
  const history = Array.from({ length: count }, (_, place) => ({ step: place + 1, ...rest, ...scores }));
  expect(evaluationOf({ ...NONE, history }).history.map(({ step }) => step)).toEqual(steps);
});
