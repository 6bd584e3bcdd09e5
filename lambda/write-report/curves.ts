import { html, type Html } from '../shared/html';
import { lineChart } from '../shared/line-chart';
import { details, rounded, table } from './format';
import { METRIC_NAMES, type TrainingMetrics } from './metrics';

const VALIDATION = ['matthews_correlation', 'accuracy', 'micro_f1', 'macro_f1'] as const;

/** How training went, by the validation part. */
export function curvesSection({ history }: TrainingMetrics): Html | null {
  const last = history.at(-1);
  if (last === undefined) {
    return null;
  }
  const epoch = { name: 'epoch' };
  const best = Math.max(...history.map(({ validation_matthews_correlation: value }) => value));
  return html`<section>
    <h2>Training</h2>
    <figure>
      ${lineChart({
        description:
          `The loss over ${rounded(last.epoch)} epochs: in training it ends at ${rounded(last.train_loss)}, on the ` +
          `validation part at ${rounded(last.validation_loss)}.`,
        x: epoch,
        y: { name: 'loss' },
        lines: [
          { name: 'training', points: history.map((each) => [each.epoch, each.train_loss]) },
          { name: 'validation', points: history.map((each) => [each.epoch, each.validation_loss]) },
        ],
      })}
      <figcaption>
        The loss. Where that of validation rises as that of training falls, rows are learned by heart.
      </figcaption>
    </figure>
    <figure>
      ${lineChart({
        description: `Metrics on the validation part over the epochs; the best Matthews correlation is ${rounded(best)}.`,
        x: epoch,
        y: { name: 'validation' },
        lines: VALIDATION.map((name) => ({
          name: METRIC_NAMES[name],
          points: history.map((each) => [each.epoch, each[`validation_${name}`]]),
        })),
      })}
      <figcaption>The metrics by the validation part, which chose the weights that are kept.</figcaption>
    </figure>
    ${details(
      'All measurements',
      table(
        'Measurements by the validation part',
        [
          'step',
          'epoch',
          'learning rate',
          'training loss',
          'validation loss',
          ...VALIDATION.map((name) => METRIC_NAMES[name]),
        ],
        history.map((each) => [
          String(each.step),
          rounded(each.epoch),
          Number(each.learning_rate.toPrecision(3)),
          rounded(each.train_loss),
          rounded(each.validation_loss),
          ...VALIDATION.map((name) => rounded(each[`validation_${name}`])),
        ]),
      ),
    )}
  </section>`;
}
