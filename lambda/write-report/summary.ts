import type { FormerModel } from '../shared/former-model';
import { html, type Html } from '../shared/html';
import type { Plan } from '../shared/plan';
import type { PreparedDataset } from '../shared/prepared-dataset';
import { rounded, signed, table } from './format';
import { METRIC_NAMES, type MetricName, type TrainingMetrics } from './metrics';

/** The metrics of the whole test split beside those of the model before, what the gate asks for, and warnings. */
export function summary(
  metrics: TrainingMetrics,
  former: FormerModel | null,
  dataset: PreparedDataset | null,
  gate: Plan['gate'],
): Html {
  return html`<section>
    <h2>Summary</h2>
    ${
      metrics.rows === 0
        ? html`<p>There were no labeled texts to measure the model by, so it has no metrics.</p>`
        : html`${metricsTable(metrics, former)}
            <p>${gateSentence(metrics, gate)}</p>
            ${former === null ? html`<p>No model was in service before.</p>` : comparison(former, dataset)}`
    }
    ${
      metrics.warnings.length === 0
        ? null
        : html`<h3>Warnings</h3>
            <ul>
              ${metrics.warnings.map((warning) => html`<li>${warning}</li>`)}
            </ul>`
    }
  </section>`;
}

function metricsTable(metrics: TrainingMetrics, former: FormerModel | null): Html {
  const formerMetrics: FormerModel['metrics'] = {
    ...former?.metrics,
    ...(former?.evaluation?.calibrationError && { calibration_error: former.evaluation.calibrationError.served }),
  };
  const rows = (Object.keys(METRIC_NAMES) as MetricName[]).flatMap((name) => {
    const value = metrics[name];
    const before = formerMetrics[name];
    return value === undefined
      ? []
      : [
          [
            METRIC_NAMES[name],
            rounded(value),
            ...(former === null
              ? []
              : before === undefined
                ? ['not measured', '']
                : [rounded(before), signed(value - before)]),
          ],
        ];
  });
  return table(
    `On the whole test split of ${metrics.rows} rows, as the model is served`,
    ['metric', 'this model', ...(former === null ? [] : ['the model before', 'difference'])],
    [
      ...rows,
      [
        'accuracy of always the most frequent answer',
        rounded(metrics.majority_class_accuracy ?? 0),
        ...(former === null ? [] : ['', '']),
      ],
    ],
  );
}

function gateSentence(metrics: TrainingMetrics, { metric, minimum, waived }: Plan['gate']): string {
  const reached = (metrics[metric] ?? 0) >= minimum;
  const asked = `The gate asks for a ${METRIC_NAMES[metric]} of at least ${minimum}`;
  return waived ? `${asked}, and is waived.` : `${asked}: the model ${reached ? 'reaches' : 'does not reach'} it.`;
}

function comparison(former: FormerModel, dataset: PreparedDataset | null): Html {
  const isSameData = former.dataset !== null && former.dataset.sha256 === dataset?.sha256;
  return html`<p>
    The model before, in service since ${former.promotedAt}, was measured on
    ${
      isSameData && former.dataset?.testRows === dataset.testRows
        ? 'a test split of the same data and of as many rows.'
        : 'another test split: a difference may be of the rows rather than of the models.'
    }
    It is <code>${former.modelDataUrl}</code>.
  </p>`;
}
