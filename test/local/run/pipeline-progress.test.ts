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
  ['epoch=1/7 step=1/30 train_loss=0.6931', '    epoch 1/7 [#···················] train_loss=0.6931'],
  ['measuring by 50000 test rows', '    measuring by 50000 test rows …'],
  ['exporting the model', '    exporting the model …'],
])('shows at a terminal what training is at: %s', (line, expected) => {
  expect(shown(true, line)).toBe(expected);
  expect(shown(false, line)).toBe('');
});

it('keeps the line of each epoch, and shows nothing of other lines', () => {
  expect(shown(false, 'epoch=1/7 train_loss=0.5 test_micro_f1=0.9', 'a warning of some library')).toBe(
    '    epoch 1/7 train loss 0.5 test micro f1 0.9\n',
  );
});
