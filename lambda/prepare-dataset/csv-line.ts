import { csvField } from '../shared/tables/csv-field';
import type { Row } from './row';

/** The header of what training reads; `labels` is a list in JSON. */
export function csvHeader(hasPairs: boolean, severalLabels: boolean): string {
  return `text,${hasPairs ? 'text_pair,' : ''}${severalLabels ? 'labels' : 'label'}\n`;
}

/** A row below such a header. */
export function csvLine({ text, pair, labels }: Row, severalLabels: boolean): string {
  const label = severalLabels ? JSON.stringify(labels) : (labels[0] ?? '');
  return `${[text, ...(pair === undefined ? [] : [pair]), label].map(csvField).join(',')}\n`;
}
