import { csvField } from '../../lambda/shared/tables/csv-field';
import { table } from '../../local/run/table';
import type { AnsweredRun, ScoredRow } from './scored-rows';
import { TopRows } from './top-rows';

/** Rows that changed most, in the file. */
const MOST_ROWS = 1000;
/** Of kinds of changes, in the table. */
const MOST_CHANGES = 20;
const NONE = '(none)';
const ERROR = '(error)';

/** What two models say of the same rows. */
export interface Comparison {
  readonly rows: number;
  /** Rows whose label is another, or whose labels are. */
  readonly changed: number;
  /** How often a label became another, the most frequent first. */
  readonly changes: readonly { readonly from: string; readonly to: string; readonly rows: number }[];
  /** The rows of the largest change of a score, as .csv. */
  readonly mostChanged: string;
}

/**
 * Compares two runs over one input, row by row.
 *
 * @param before with all scores
 * @param after the same, by another model
 */
export async function compareRuns(before: AnsweredRun, after: AnsweredRun): Promise<Comparison> {
  const changes = new Map<string, { readonly from: string; readonly to: string; rows: number }>();
  const top = new TopRows<string>(MOST_ROWS);
  const others = after.rows();
  let rows = 0;
  let changed = 0;
  for await (const one of before.rows()) {
    const next = await others.next();
    if (next.done) {
      throw new Error('the runs that are compared have different rows');
    }
    const other = next.value;
    const [from, to] = [labelsOf(one), labelsOf(other)];
    rows += 1;
    if (from !== to) {
      changed += 1;
      const key = JSON.stringify([from, to]);
      const change = changes.get(key) ?? { from, to, rows: 0 };
      change.rows += 1;
      changes.set(key, change);
    }
    const change = largestChange(one, other);
    if (change > 0) {
      top.add(-change, String(rows), csvLine(rows, one, [from, to], change));
    }
  }
  return {
    rows,
    changed,
    changes: [...changes.values()].sort((one, other) => other.rows - one.rows),
    mostChanged: ['row,text,text_pair,label_before,label_after,change\n', ...top.rows()].join(''),
  };
}

/** What is told of a comparison. */
export function comparisonLines({ rows, changed, changes }: Comparison): string[] {
  const share = rows === 0 ? 0 : (changed / rows) * 100;
  return [
    `${changed.toLocaleString('en')} of ${rows.toLocaleString('en')} rows (${share.toFixed(1)} %) have another label by the compared model.`,
    ...(changes.length === 0
      ? []
      : table(
          ['from → to', 'rows'],
          changes
            .slice(0, MOST_CHANGES)
            .map(({ from, to, rows: number }) => [`${from} → ${to}`, number.toLocaleString('en')]),
        )),
  ];
}

function labelsOf({ answer }: ScoredRow): string {
  return answer === undefined ? ERROR : [...answer.labels].sort().join(', ') || NONE;
}

/** Of the scores of one label, of which a model that does not know it gives none. */
function largestChange({ answer: one }: ScoredRow, { answer: other }: ScoredRow): number {
  if (one === undefined || other === undefined) {
    return one === other ? 0 : 1;
  }
  const labels = [...one.scores.keys(), ...other.scores.keys()];
  return Math.max(...labels.map((label) => Math.abs((one.scores.get(label) ?? 0) - (other.scores.get(label) ?? 0))));
}

function csvLine(row: number, { text, pair = '' }: ScoredRow, labels: readonly string[], change: number): string {
  return `${[String(row), text, pair, ...labels, String(change)].map(csvField).join(',')}\n`;
}
