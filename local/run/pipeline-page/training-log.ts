import { html, type Html } from '../../../lambda/shared/html';
import { type Line, lineChart } from '../../../lambda/shared/line-chart';
import { duration } from '../progress';

/** A measurement by the validation part, as train.py prints it; by their names. */
type Measurement = Readonly<Record<string, number>>;

/** The last line of a job that says how far it is. */
export function trainingProgress(log: readonly string[]): Html | null {
  const step = log
    .map((line) => /^epoch=(\S+) step=(\d+)\/(\d+) train_loss=(\S+) seconds_left=(\d+)$/.exec(line))
    .findLast((match) => match !== null);
  if (step === undefined) {
    return null;
  }
  const [, epoch, done, all, loss, left] = step;
  const told = `epoch ${epoch}, step ${done} of ${all}, training loss ${loss}, ${duration(Number(left))} left`;
  return html`<p><progress value="${done}" max="${all}" aria-label="${told}"></progress> ${told}</p>`;
}

/**
 * The curves of training jobs as they grow.
 *
 * @param logs of each job; of several, candidates, the losses on the validation part are compared, by their places from 0 on,
 * as everywhere
 */
export function trainingCurves(logs: readonly (readonly string[])[]): Html | null {
  const jobs = logs
    .map((log, place) => ({ place, measurements: measurementsIn(log) }))
    .filter(({ measurements }) => measurements.length > 0);
  const [first] = jobs;
  if (first === undefined) {
    return null;
  }
  const line = (name: string, metric: string, measurements: readonly Measurement[] = first.measurements): Line => ({
    name,
    points: measurements.map((each) => [each['epoch'] ?? 0, each[metric] ?? 0]),
  });
  if (jobs.length > 1) {
    return lineChart({
      description: `The losses of ${jobs.length} candidates on the validation part, by epoch.`,
      x: { name: 'epoch' },
      y: { name: 'validation loss' },
      lines: jobs.map(({ place, measurements }) => line(`${place}`, 'validation_loss', measurements)),
    });
  }
  return html`${lineChart({
    description: 'The losses in training and on the validation part, by epoch.',
    x: { name: 'epoch' },
    y: { name: 'loss' },
    lines: [line('training', 'train_loss'), line('validation', 'validation_loss')],
  })}
  ${lineChart({
    description: 'Metrics on the validation part, by epoch.',
    x: { name: 'epoch' },
    y: { name: 'validation' },
    lines: [
      line('Matthews correlation', 'validation_matthews_correlation'),
      line('accuracy', 'validation_accuracy'),
      line('macro F1', 'validation_macro_f1'),
    ],
  })}`;
}

/** `epoch=0.5/3 train_loss=0.61 validation_loss=0.6 …` */
function measurementsIn(log: readonly string[]): Measurement[] {
  return log
    .filter((line) => /^epoch=\S+ train_loss=\S+ validation_loss=/.test(line))
    .map((line) =>
      Object.fromEntries([...line.matchAll(/(\w+)=(-?[\d.]+)/g)].map(([, name = '', value]) => [name, Number(value)])),
    );
}
