import { type AnsweredLine, type BatchRun, labelsOf } from '../shared/batch';

/** What a cell of the results may be; each may also be null. */
export type ResultType = 'text' | 'number' | 'texts' | 'numbers';

/** A column that the results have beside those of the input. */
export interface ResultColumn {
  readonly name: string;
  readonly type: ResultType;
}

/** Where the input has a column of a name already, the new one's begins so. */
const PREFIX = 'predicted_';

/**
 * The columns that come after those of the input: `label` and `score`, or `labels` and `scores` of a model of several; with
 * scores of `all`, `score_LABEL` for each label in the order of their ids; and `error`.
 */
export class ResultColumns {
  readonly columns: readonly ResultColumn[];

  /** @param inputColumns names that are taken */
  constructor(
    private readonly run: Pick<BatchRun, 'scores'> & {
      readonly model: Pick<BatchRun['model'], 'labels' | 'severalLabels'>;
    },
    inputColumns: readonly string[],
  ) {
    const { scores, model } = run;
    const wanted: ResultColumn[] = [
      ...(model.severalLabels
        ? [column('labels', 'texts'), column('scores', 'numbers')]
        : [column('label', 'text'), column('score', 'number')]),
      ...(scores === 'all' ? model.labels.map((label) => column(`score_${label}`, 'number')) : []),
      column('error', 'text'),
    ];
    const taken = new Set(inputColumns);
    this.columns = wanted.map(({ name, type }) => {
      let free = name;
      while (taken.has(free)) {
        free = PREFIX + free;
      }
      taken.add(free);
      return column(free, type);
    });
  }

  /** A row's cells, in the order of the columns. */
  cells(line: AnsweredLine): unknown[] {
    const { scores, model } = this.run;
    const each = scores === 'all' ? model.labels : [];
    if ('error' in line) {
      return [null, null, ...each.map(() => null), line.error];
    }
    const named = labelsOf(line);
    const byLabel = new Map(each.length === 0 ? [] : line.answer.map(({ label, score }) => [label, score]));
    return [
      ...(model.severalLabels
        ? [named.map(({ label }) => label), named.map(({ score }) => score)]
        : [named[0]?.label ?? null, named[0]?.score ?? null]),
      ...each.map((label) => byLabel.get(label) ?? null),
      null,
    ];
  }
}

function column(name: string, type: ResultType): ResultColumn {
  return { name, type };
}
