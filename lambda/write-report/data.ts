import { html, type Html } from '../shared/html';
import type { Plan } from '../shared/plan';
import type { PreparedDataset } from '../shared/prepared-dataset';
import { percent, table } from './format';

/** What was trained and tested on, and what was left out. */
export function dataSection(dataset: PreparedDataset, { source, testSource }: Plan['dataset']): Html {
  const { rows, trainRows, testRows, labels, labelCount, choices, warnings, manifestUri, sha256 } = dataset;
  const counts = [
    ['rows read', rows],
    ['to train on', trainRows],
    ['to test with', testRows],
    ['left out: duplicates', dataset.duplicates],
    ['left out: in the test split that was given', dataset.inTestSplit],
    ['left out: without text or label', dataset.emptyRows],
    ['left out: of labels that are too rare', dataset.droppedRows],
    ['of them duplicates with another label', dataset.conflicts],
    ['texts that are cut', dataset.truncatedTexts],
  ] as const;
  return html`<section>
    <h2>Data</h2>
    <p>
      <code>${withoutQuery(source)}</code>${
        testSource === null ? null : html` and, to test with, <code>${withoutQuery(testSource)}</code>`
      };
      read with ${choices.join(', ')}; SHA-256 <code>${sha256}</code>.
    </p>
    ${table(
      'Rows',
      ['which', 'rows'],
      counts.filter(([, count]) => count > 0),
    )}
    ${table(
      labelCount > labels.length ? `The most frequent of ${labelCount} labels` : 'Labels',
      ['label', 'to train on', 'to test with', 'share'],
      labels.map(({ label, train, test }) => [label, train, test, percent((train + test) / (trainRows + testRows))]),
    )}
    ${labelCount > labels.length ? html`<p>All of them are in <code>${manifestUri}</code>.</p>` : null}
    ${
      warnings.length === 0
        ? null
        : html`<ul>
            ${warnings.map((warning) => html`<li>${warning}</li>`)}
          </ul>`
    }
  </section>`;
}

/** A presigned URL has a key in its query. */
function withoutQuery(url: string): string {
  return url.split('?')[0] ?? '';
}
