import { html, type Html } from '../shared/html';
import { rounded, table } from './format';
import type { MistakenTexts, TrainingMetrics } from './metrics';

/** Where the model was sure and wrong; the texts only where they were asked for. */
export function mistakesSection({ mistakes }: TrainingMetrics, texts: MistakenTexts): Html | null {
  if (mistakes.length === 0) {
    return null;
  }
  const hasTexts = Object.keys(texts).length > 0;
  return html`<section>
    <h2>Most confident mistakes</h2>
    <p>
      Often it is the data that is wrong. Rows are those of test.csv, whose header is row
      1.${hasTexts ? null : html` The texts are told with <code>{"report": {"mistakes": "texts"}}</code> in the input.`}
    </p>
    ${table(
      'Answers on the test split that are wrong, the surest first',
      ['row', ...(hasTexts ? ['text'] : []), 'label', 'answered as', 'score'],
      mistakes.map(({ row, labels, answered, score }) => [
        String(row),
        ...(hasTexts ? [html`${(texts[row] ?? []).map((text) => html`<span class="text">${text}</span>`)}`] : []),
        listed(labels),
        listed(answered),
        rounded(score),
      ]),
    )}
  </section>`;
}

function listed(labels: readonly string[]): string {
  return labels.join(', ') || 'none';
}
