import type { Plan } from '../shared/plan';
import type { LabelCount } from '../shared/prepared-dataset';
import { InvalidDataset } from '../shared/step-errors';

/** What a person should know of a dataset before money is spent on it. */
export interface Findings {
  /** Of the source, and of the test split if one was given. */
  readonly rows: number;
  /** Rows without text or without label, which are left out. */
  readonly emptyRows: number;
  /** Where the first of them is. */
  readonly firstEmpty: string | undefined;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly inTestSplit: number;
  readonly nearDuplicates: number;
  /** Texts that a model will not read whole. */
  readonly truncatedTexts: number;
  /** The share that it will not read of all words and marks. */
  readonly truncatedShare: number;
  /** After how many tokens; null where none is cut. */
  readonly maxLength: number | null;
  /** By label, the most frequent first. */
  readonly labels: readonly (readonly [label: string, count: LabelCount])[];
}

/** Of the labels in a warning. */
const MOST_NAMED = 5;
/** From this share of all texts on, a label is worth a warning. */
const IMBALANCE = 0.9;

/**
 * What is known of rows before they are split.
 *
 * @param file how messages name the data
 * @throws InvalidDataset for what is beyond its limit, with the limit's name
 */
export function assertSoundRows(
  { rows, emptyRows, firstEmpty, conflicts }: Pick<Findings, 'rows' | 'emptyRows' | 'firstEmpty' | 'conflicts'>,
  limits: Plan['dataset']['limits'],
  file: string,
): void {
  if (firstEmpty !== undefined && emptyRows / rows > limits.emptyRows) {
    throw new InvalidDataset(
      `${firstEmpty}; ${emptyRows} of ${rows} rows have no text or no label: fill them in, remove them, or raise ` +
        `dataset.limits.emptyRows, which is ${limits.emptyRows}`,
    );
  }
  if (conflicts / rows > limits.conflictingRows) {
    throw new InvalidDataset(
      `${file}: ${conflicts} of ${rows} rows have the text of another row and not its label; correct them, or raise ` +
        `dataset.limits.conflictingRows, which is ${limits.conflictingRows}`,
    );
  }
}

/**
 * What is known of texts and labels.
 *
 * @param file how messages name the data
 * @throws InvalidDataset for what is beyond its limit, with the limit's name
 */
export function assertSoundTexts(findings: Findings, limits: Plan['dataset']['limits'], file: string): void {
  const { truncatedShare, maxLength } = findings;
  if (truncatedShare > limits.truncatedTokens) {
    throw new InvalidDataset(
      `${file}: at least ${percent(truncatedShare)} of all words would not be read, as a text is cut after ${String(maxLength)} tokens; ` +
        `raise training.maxLength, or dataset.limits.truncatedTokens, which is ${limits.truncatedTokens}`,
    );
  }
  const { label, share } = mostFrequent(findings);
  if (share > limits.largestLabel) {
    throw new InvalidDataset(
      `${file}: ${percent(share)} of the texts have the label "${label}"; add texts with other labels, or raise ` +
        `dataset.limits.largestLabel, which is ${limits.largestLabel}`,
    );
  }
}

/** What is within the limits and still worth knowing, a sentence each. */
export function warningsOf(findings: Findings): string[] {
  const { emptyRows, firstEmpty, conflicts, inTestSplit, nearDuplicates, truncatedTexts, maxLength, labels } = findings;
  const { label, share } = mostFrequent(findings);
  const untested = labels.filter(([, { train, test }]) => train > 0 && test === 0).map(([name]) => name);
  const dropped = labels.filter(([, { train, test }]) => train + test === 0).map(([name]) => name);
  const cut = percent(findings.truncatedShare);
  const found: readonly (readonly [is: boolean | number, sentence: string])[] = [
    [emptyRows, `${emptyRows} rows without text or label are left out; the first is ${firstEmpty ?? ''}`],
    [conflicts, `${conflicts} rows have the text of another row and not its label; of each text the first row counts`],
    [inTestSplit, `${inTestSplit} rows to train on are in the test split too, and are left out`],
    [
      nearDuplicates,
      `${nearDuplicates} texts are on both sides but for capitals, marks and blanks, so that the test is a little too easy`,
    ],
    [
      truncatedTexts,
      `${truncatedTexts} texts are cut after ${String(maxLength)} tokens, and at least ${cut} of all words are not read; raise ` +
        'training.maxLength to read them',
    ],
    [share > IMBALANCE, `${percent(share)} of the texts have the label "${label}"`],
    [untested.length, `no text to test with has the label ${listed(untested)}`],
    [dropped.length, `too rare, and left out with all their rows, is the label ${listed(dropped)}`],
  ];
  return [
    ...found.filter(([is]) => Boolean(is)).map(([, sentence]) => sentence),
    ...alike(labels.map(([name]) => name)).map(
      (names) => `the labels ${listed(names)} are so alike that they may be meant as one`,
    ),
  ];
}

function mostFrequent({ labels }: Findings): { readonly label: string; readonly share: number } {
  const rows = ({ train, test }: LabelCount): number => train + test;
  const all = labels.reduce((sum, [, count]) => sum + rows(count), 0);
  const [first] = labels;
  return first === undefined ? { label: '', share: 0 } : { label: first[0], share: rows(first[1]) / all };
}

/** Labels that differ in capitals and blanks only, or, as numbers, in how they are written. */
function alike(labels: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const label of labels) {
    const words = label
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[\s_-]+/g, ' ');
    const key = /^[+-]?\d+(?:[.,]\d+)?$/.test(words) ? String(Number(words.replace(',', '.'))) : words;
    groups.set(key, [...(groups.get(key) ?? []), label]);
  }
  return [...groups.values()].filter((names) => names.length > 1);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).map((name) => `"${name}"`);
  const others = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return shown.join(', ') + others;
}
