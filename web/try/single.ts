import { classify, type ClassifyRequest, type Classified } from './api';
import { element, make, showError } from './page';

/** After the last key, so long that a word is not asked letter by letter. */
const PAUSE_MILLISECONDS = 250;

let timer: number | undefined;
let asking = new AbortController();

/** Whatever was asked before is of no interest any more. */
export function dropAnswer(): void {
  window.clearTimeout(timer);
  asking.abort();
}

/** Classifies one text once no key has been pressed for a moment, and shows its scores; an answer that comes too late is dropped. */
export function classifySoon(request: ClassifyRequest): void {
  dropAnswer();
  asking = new AbortController();
  const { signal } = asking;
  timer = window.setTimeout(() => {
    const start = performance.now();
    classify(request, signal).then(
      ([classified]) => {
        if (signal.aborted || classified === undefined) return;
        showError();
        showBars(classified);
        element('time').textContent = `${Math.round(performance.now() - start)} ms`;
      },
      (error: unknown) => {
        if (signal.aborted) return;
        element('bars').replaceChildren();
        element('time').textContent = '';
        showError(error instanceof Error ? error.message : String(error));
      },
    );
  }, PAUSE_MILLISECONDS);
}

function showBars({ predictions, truncated, uncertain }: Classified): void {
  const list = make('ol');
  list.setAttribute('aria-label', 'Labels with their scores');
  for (const { label, score } of predictions) {
    const item = make('li');
    const bar = make('div', '', 'bar');
    const fill = make('div');
    fill.style.width = `${Math.max(0, Math.min(1, score)) * 100}%`;
    bar.setAttribute('aria-hidden', 'true');
    bar.append(fill);
    item.append(make('span', label), bar, make('span', score.toFixed(3)));
    list.append(item);
  }
  const notes = notesOf({ predictions, truncated, uncertain });
  element('bars').replaceChildren(list, ...(notes === '' ? [] : [make('p', notes, 'quiet')]));
}

/** What is worth knowing of one answer. */
export function notesOf({ predictions, truncated, uncertain }: Classified): string {
  return [
    ...(predictions.length === 0 ? ['no label'] : []),
    ...(truncated ? ['longer than the model takes: cut'] : []),
    ...(uncertain ? ['uncertain'] : []),
  ].join(', ');
}
