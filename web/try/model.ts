import { ApiError, describeModel, type Model, watchModel } from './api';
import { element, make, sentence } from './page';

let shown: Model | undefined;

/** What is in service, as far as it is known. */
export const model = (): Model | undefined => shown;

/**
 * Shows which model is in service, and tells when another has taken its place.
 *
 * @param onModel is called with each
 */
export function setUpModel(onModel: (model: Model) => void): () => Promise<void> {
  const refresh = async (): Promise<void> => {
    try {
      shown = await describeModel();
      show(shown);
      onModel(shown);
    } catch (error) {
      shown = undefined;
      element('model').textContent = error instanceof ApiError ? sentence(error.message) : 'The API cannot be reached.';
    }
  };
  watchModel(() => {
    const before = shown?.version ?? 'another version';
    void refresh().then(() => {
      element('news').textContent =
        `Another model answers now: ${shown?.version ?? 'a new one'}, in place of ${before}.`;
    });
  });
  return refresh;
}

function show({ version, labels, metrics, trained_at, deployed_at, several_labels, text_pair }: Model): void {
  const percent = (value: number | undefined) => (value === undefined ? undefined : `${(value * 100).toFixed(1)} %`);
  const facts: [string, string | undefined][] = [
    ['Version', version ?? undefined],
    ['Labels', `${labels.slice(0, 8).join(', ')}${labels.length > 8 ? ` and ${labels.length - 8} more` : ''}`],
    ['Takes', `${text_pair ? 'pairs of texts' : 'texts'}${several_labels ? ', with any number of labels' : ''}`],
    ['Accuracy', percent(metrics['accuracy'])],
    ['Matthews correlation', metrics['matthews_correlation']?.toFixed(3)],
    ['Trained', date(trained_at)],
    ['Deployed', date(deployed_at)],
  ];
  const list = make('dl', '', 'row');
  for (const [name, value] of facts) {
    if (value === undefined) continue;
    const fact = make('div');
    fact.append(make('dt', name, 'quiet'), make('dd', value));
    list.append(fact);
  }
  element('model').replaceChildren(list);
}

function date(iso: string | null): string | undefined {
  return iso === null
    ? undefined
    : new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
