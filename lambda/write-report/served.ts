import { html, type Html } from '../shared/html';
import { percent, rounded, signed, table } from './format';
import { METRIC_NAMES, type MetricName, type TrainingMetrics } from './metrics';

const FORMATS: Readonly<Record<string, string>> = {
  'onnx int8': 'int8 by onnxruntime',
  'onnx fp32': 'fp32 by onnxruntime',
  'torch fp32': 'fp32 by PyTorch',
};

/** What answers on a CPU, against the weights as they were trained. */
export function servedSection(metrics: TrainingMetrics): Html {
  const { serving, fp32 } = metrics;
  const format = FORMATS[serving.format] ?? serving.format;
  const { comparison } = serving;
  return html`<section>
    <h2>As served</h2>
    <p>On a CPU the model is served as ${format}.</p>
    ${
      fp32 === undefined
        ? null
        : table(
            'On the test split',
            ['metric', 'as served', 'as trained, in fp32', 'difference'],
            (Object.keys(METRIC_NAMES) as MetricName[]).map((name) => {
              const served = metrics[name] ?? NaN;
              return [METRIC_NAMES[name], rounded(served), rounded(fp32[name]), signed(served - fp32[name])];
            }),
          )
    }
    ${
      comparison === undefined
        ? null
        : html`<p>
            int8 was compared with fp32 on the ${comparison.rows} rows of the validation part: it changes
            ${percent(comparison.changed_predictions)} of the answers, and the Matthews correlation by
            ${signed(comparison.matthews_correlation_difference)}.
          </p>`
    }
  </section>`;
}
