import { evaluationLines } from '../../../local/run/evaluation-report';

const worst = { label: 'billing', precision: 0.5, recall: 0.25, f1: 1 / 3, rows: 8 };
const best = { label: 'sales', precision: 1, recall: 1, f1: 1, rows: 4 };

/** What not every artifact has. */
const NONE = { mixUps: [], confusionMatrix: null, calibrationError: null, history: [] };

it('tells first what is mixed up, then how each label fares, then all answers', () => {
  expect(
    evaluationLines({
      ...NONE,
      labelCount: 2,
      worstLabels: [worst, best],
      mixUps: [
        { label: 'billing', answer: 'sales', rows: 6 },
        { label: 'sales', answer: 'billing', rows: 1 },
      ],
      confusionMatrix: {
        labels: ['billing', 'sales'],
        rows: [
          [2, 6],
          [1, 3],
        ],
      },
    }),
  ).toEqual([
    'Mixed up most  billing answered as sales: 6 of the test rows',
    '               sales answered as billing: 1 of the test rows',
    'label   precision   recall       F1     rows',
    'billing     0.500    0.250    0.333        8',
    'sales       1.000    1.000    1.000        4',
    'label / answer        1        2',
    '1 billing             2        6',
    '2 sales               1        3',
  ]);
});

it('says how many labels are left out, and shortens the names of those that are not', () => {
  const lines = evaluationLines({
    ...NONE,
    labelCount: 300,
    worstLabels: [{ ...worst, label: 'b'.repeat(256) }],
    mixUps: [{ label: 'b'.repeat(256), answer: 's', rows: 1 }],
  });
  expect(lines).toHaveLength(4);
  expect(lines.every((line) => line.length < 100)).toBe(true);
  expect(lines.at(-1)).toBe('… and 299 more labels with a higher F1; metrics.json has them all');
});

it('tells how the training went, and what the scores are worth', () => {
  const scores = {
    validation_accuracy: 1,
    validation_matthews_correlation: 1,
    validation_micro_f1: 1,
    validation_macro_f1: 1,
  };
  const lines = evaluationLines({
    ...{ ...NONE, labelCount: 0, worstLabels: [] },
    history: [
      { step: 10, epoch: 0.5, train_loss: 0.8, validation_loss: 0.6, ...scores },
      { step: 120, epoch: 6, train_loss: 0.1, validation_loss: 0.4, ...scores },
    ],
    calibrationError: { served: 0.0213, uncalibrated: 0.1 },
  });
  expect(lines).toEqual([
    'epoch     step train loss validation loss',
    '0.5         10     0.8000          0.6000 [###############·····]',
    '6.0        120     0.1000          0.4000 [##########··········]',
    'Scores are off the share of right answers by 2.1 % (expected calibration error; 10.0 % before calibration).',
  ]);
});
