import { html, type Html } from '../shared/html';
import { lineChart } from '../shared/line-chart';
import { details, percent, rounded, table } from './format';
import type { TrainingMetrics } from './metrics';

/** What scores are worth: how often the model is right by how sure it is, and what a least score costs. */
export function scoresSection(metrics: TrainingMetrics): Html | null {
  const { reliability, by_threshold: byThreshold, calibration_error: error, uncalibrated } = metrics;
  if (reliability.length === 0 || error === undefined) {
    return null;
  }
  return html`<section>
    <h2>Scores</h2>
    <p>
      Scores are off the share of right answers by ${percent(error)} on average (expected calibration
      error)${uncalibrated === undefined ? null : `; before calibration by ${percent(uncalibrated.calibration_error)}`}.
    </p>
    <figure>
      ${lineChart({
        description: `The share of right answers by their score: off by ${percent(error)} on average.`,
        x: { name: 'score', range: [0, 1] },
        y: { name: 'share of right answers', range: [0, 1] },
        lines: [
          { name: 'this model', points: reliability.map(({ score, right }) => [score, right]) },
          {
            name: 'scores that are just right',
            points: [
              [0, 0],
              [1, 1],
            ],
            isReference: true,
          },
        ],
      })}
      <figcaption>Reliability: below the dashed line the model claims more than it knows, above it less.</figcaption>
    </figure>
    <figure>
      ${lineChart({
        description:
          'Precision and recall of all answers together, by the least score that they must reach; the table below has the numbers.',
        x: { name: 'least score', range: [0, 1] },
        y: { name: 'share', range: [0, 1] },
        lines: [
          { name: 'precision', points: byThreshold.map(({ threshold, precision }) => [threshold, precision]) },
          { name: 'recall', points: byThreshold.map(({ threshold, recall }) => [threshold, recall]) },
        ],
      })}
      <figcaption>
        What a least score costs: with <code>min_score</code> in a request, fewer answers count, and more of them are
        right.
      </figcaption>
    </figure>
    ${details(
      'Both as tables',
      html`${table(
        'Share of right answers by score',
        ['mean score', 'right', 'answers'],
        reliability.map(({ score, right, answers }) => [String(rounded(score)), rounded(right), answers]),
      )}
      ${table(
        'Precision and recall by least score',
        ['least score', 'precision', 'recall', 'answers'],
        byThreshold.map(({ threshold, precision, recall, answers }) => [
          String(threshold),
          rounded(precision),
          rounded(recall),
          answers,
        ]),
      )}`,
    )}
  </section>`;
}
