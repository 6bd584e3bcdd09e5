import { csvField } from '../../lambda/shared/tables/csv-field';
import type { AnsweredRun, ScoredRow } from './scored-rows';
import { TopRows } from './top-rows';

/** Where a sigmoid score says neither yes nor no. */
const UNDECIDED = 0.5;

/** A dataset whose labels are still to be filled in. */
export interface UncertainRows {
  readonly name: string;
  readonly content: string;
  readonly rows: number;
}

/**
 * The rows that are worth labelling first, each text once: those with the least margin between the scores of the two best
 * labels, of which a label tells the model most.
 *
 * Margin sampling: T. Scheffer, C. Decomain and S. Wrobel, "Active Hidden Markov Models for Information Extraction", IDA 2001;
 * B. Settles, "Active Learning Literature Survey", 2009, section 3.1. Of several labels, each is a question of its own, and
 * the margin is that of the label that is least decided: its score's distance from 0.5.
 *
 * @param run with all scores
 */
export async function uncertainRows(run: AnsweredRun, most: number): Promise<UncertainRows> {
  const top = new TopRows<ScoredRow & { readonly margin: number }>(most);
  for await (const row of run.rows()) {
    if (row.answer !== undefined) {
      const margin = marginOf([...row.answer.scores.values()], run.severalLabels);
      top.add(margin, JSON.stringify([row.text, row.pair]), { ...row, margin });
    }
  }
  const rows = top.rows();
  return run.severalLabels
    ? { name: 'uncertain.jsonl', content: rows.map(jsonLine).join(''), rows: rows.length }
    : { name: 'uncertain.csv', content: [headerOf(run), ...rows.map(csvLine)].join(''), rows: rows.length };
}

function marginOf(scores: readonly number[], severalLabels: boolean): number {
  if (severalLabels) {
    return Math.min(...scores.map((score) => Math.abs(score - UNDECIDED)));
  }
  const [best = 0, second = 0] = [...scores].sort((one, other) => other - one);
  return best - second;
}

function headerOf({ hasPairs }: AnsweredRun): string {
  return `text,${hasPairs ? 'text_pair,' : ''}label,predicted_label,margin\n`;
}

/** With an empty label, without which a row is not trained on. */
function csvLine({ text, pair, answer, margin }: ScoredRow & { readonly margin: number }): string {
  const fields = [text, ...(pair === undefined ? [] : [pair]), '', answer?.labels[0] ?? '', String(margin)];
  return `${fields.map(csvField).join(',')}\n`;
}

function jsonLine({ text, pair, answer, margin }: ScoredRow & { readonly margin: number }): string {
  const row = { text, text_pair: pair, labels: null, predicted_labels: answer?.labels, margin };
  return `${JSON.stringify(row)}\n`;
}
