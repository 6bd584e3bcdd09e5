import { PassThrough } from 'node:stream';
import { PipelineProgress } from '../../../local/run/pipeline-progress';
import { Progress } from '../../../local/run/progress';

/** What is shown of a training job's lines. */
function shown(isTTY: boolean, ...lines: string[]): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 200 });
  const progress = new PipelineProgress(new Progress(stream));
  for (const line of lines) {
    progress.onTrainingLog({ line });
  }
  return String(stream.read() ?? '');
}

it.each([
  ['tokenizing 200000 texts', '    tokenizing 200000 texts …'],
  [
    'download=110000000/440449768 seconds_left=7',
    '    [#####···············] downloading the base model, 110 of 440 MB, 7 s left',
  ],
  [
    'epoch=1/7 step=12/30 train_loss=0.6931 seconds_left=58',
    '    [########············] epoch 1/7, step 12/30, train loss 0.6931, 58 s left',
  ],
  [
    'epoch=1/7 step=0/30 train_loss=0.6931 seconds_left=740',
    '    [····················] epoch 1/7, step 0/30, train loss 0.6931, 12 min left',
  ],
  [
    'epoch=7/7 step=30/30 train_loss=0.1 seconds_left=11100',
    '    [####################] epoch 7/7, step 30/30, train loss 0.1, 3 h 5 min left',
  ],
  ['keeping the weights of epoch 2.5/7, measuring them', '    keeping the weights of epoch 2.5/7, measuring them …'],
  ['exporting the model', '    exporting the model …'],
])('shows at a terminal what training is at: %s', (line, expected) => {
  expect(shown(true, line)).toBe(expected);
  expect(shown(false, line)).toBe('');
});

it('tells what became of the candidates as soon as they are compared, for the gate may refuse the best', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: false });
  const progress = new PipelineProgress(new Progress(stream));
  const at = (seconds: number) => ({ id: 1, previousEventId: 0, timestamp: new Date(1000 * seconds), path: [] });
  const outcome = {
    overrides: {},
    score: 0.5,
    seconds: 61,
    billableSeconds: 61,
    costUsd: 0.1,
    reason: null,
    isChosen: true,
  };
  const output = JSON.stringify({ modelDataUrl: 's3://artifacts/model.tar.gz', candidates: [outcome] });
  progress.onStateEvent({ ...at(0), type: 'TaskStateEntered', stateEnteredEventDetails: { name: 'ChooseCandidate' } });
  progress.onStateEvent({
    ...at(1),
    type: 'TaskStateExited',
    stateExitedEventDetails: { name: 'ChooseCandidate', output },
  });
  progress.onStateEvent({ ...at(1), type: 'ExecutionFailed' });
  expect(String(stream.read()).split('\n')).toEqual([
    '  ChooseCandidate               1.0 s',
    '    candidate       validation  seconds      USD',
    '    0 as configured     0.5000       61     0.10',
    '    Candidate 0 was taken.',
    '',
  ]);
});

it('tells which item of a Map the lines below are of, and how long the whole of it took', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: false });
  const progress = new PipelineProgress(new Progress(stream));
  const at = (seconds: number) => ({ id: 1, previousEventId: 0, timestamp: new Date(1000 * seconds), path: [] });
  const inside = { ...at(1), path: ['TrainCandidates[3]'] };
  progress.onStateEvent({ ...at(0), type: 'MapStateEntered', stateEnteredEventDetails: { name: 'TrainCandidates' } });
  progress.onStateEvent({
    ...inside,
    type: 'MapIterationStarted',
    mapIterationStartedEventDetails: { name: 'TrainCandidates', index: 3 },
  });
  progress.onStateEvent({ ...inside, type: 'TaskStateEntered', stateEnteredEventDetails: { name: 'TrainCandidate' } });
  progress.onStateEvent({
    ...at(62),
    type: 'MapStateExited',
    stateExitedEventDetails: { name: 'TrainCandidates', output: '[{"seconds": 61}]' },
  });
  progress.onStateEvent({ ...at(62), type: 'ExecutionSucceeded' });
  expect(String(stream.read())).toBe('    TrainCandidates[3]\n  TrainCandidates              62.0 s\n');
});

it('keeps the line of each measurement, and shows nothing of other lines', () => {
  const lines = ['epoch=0.7/7 train_loss=0.5 validation_micro_f1=0.8', 'validation_loss=0.4 test_micro_f1=0.9'];
  expect(shown(false, ...lines, 'a warning of some library')).toBe(
    '    epoch 0.7/7 train loss 0.5 validation micro f1 0.8\n    validation loss 0.4 test micro f1 0.9\n',
  );
});

it('tells how long the state took that the execution was stopped in', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: false });
  const progress = new PipelineProgress(new Progress(stream));
  const at = (seconds: number) => ({ id: 1, previousEventId: 0, timestamp: new Date(1000 * seconds), path: [] });
  progress.onStateEvent({ ...at(0), type: 'TaskStateEntered', stateEnteredEventDetails: { name: 'Train' } });
  progress.onStateEvent({ ...at(17), type: 'ExecutionAborted' });
  expect(String(stream.read())).toBe('  Train                        17.0 s\n');
});
