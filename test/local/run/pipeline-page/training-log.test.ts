import { trainingCurves } from '../../../../local/run/pipeline-page/training-log';

const log = (...losses: number[]) =>
  losses.map((loss, place) => `epoch=${place + 1}/3 train_loss=0.5 validation_loss=${loss} validation_accuracy=0.9`);
/** What each chart says of its picture, and the names of lines in all legends. */
function told(...logs: string[][]) {
  const text = trainingCurves(logs)?.text ?? '';
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found);
  return [all(/aria-label="([^"]*)"/g), all(/<text [^>]*text-anchor="start"[^>]*>([^<]*)</g)];
}

it('compares the losses of candidates by the places that they have everywhere, also where one failed at once', () => {
  expect(told(log(0.6, 0.4), ['ValueError: too large'], log(0.5, 0.3))).toEqual([
    ['The losses of 2 candidates on the validation part, by epoch.'],
    ['0', '2'],
  ]);
  expect(told([], log(0.6, 0.4), log(0.5))[1]).toEqual(['1', '2']);
});

it('shows all of one job, and nothing where none has measured yet', () => {
  expect(told(log(0.6, 0.4))).toEqual([
    ['The losses in training and on the validation part, by epoch.', 'Metrics on the validation part, by epoch.'],
    ['training', 'validation', 'Matthews correlation', 'accuracy', 'macro F1'],
  ]);
  expect(trainingCurves([[], ['tokenizing 320 texts']])).toBeNull();
});
