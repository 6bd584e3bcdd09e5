import { createInterface } from 'node:readline';
import { MOST_BYTES } from '../lambda/shared/classify-request';
import type { EndpointAnswer } from '../lambda/shared/endpoint-answer';
import { UsageError } from '../local/run/options';
import { shortened } from '../local/run/table';
import { ClassifyApi } from './classify-api';
import { type CsvOptions, CsvTexts, type Item } from './csv-texts';
import { CommandFailed } from '../local/run/failure';
import { openTarget, type TargetOptions } from './target';
import { colored, type Terminal, writeJson, writeLine } from './terminal';

export interface ClassifyOptions extends TargetOptions, CsvOptions {
  /** Standard input is a CSV file, whose rows come back with a label and a score. */
  readonly csv?: boolean;
  readonly json?: boolean;
}

type Answer = EndpointAnswer[number];

/** In one request: what a CPU answers within a second or two. */
const MOST_AT_ONCE = 64;

/**
 * `classifier classify`: classifies the texts on the command line, else those on standard input, a line a text or the rows of a
 * CSV file.
 *
 * @throws UsageError, CommandFailed, InvalidDataset
 */
export async function classify(texts: readonly string[], options: ClassifyOptions, terminal: Terminal): Promise<void> {
  refuseContradictions(texts, options, terminal);
  const api = await ClassifyApi.of(openTarget(options, terminal));
  const severalLabels = (await api.model()).several_labels;
  if (options.csv === true) {
    const csv = await CsvTexts.open(terminal.stdin, options, severalLabels);
    writeLine(csv.header, terminal);
    for await (const [item, answer] of answered(csv.items(), api)) {
      writeLine(csv.line(item, answer), terminal);
    }
    return;
  }
  const items = texts.length > 0 ? texts.map((input) => ({ input, where: 'a text' })) : linesOf(terminal.stdin);
  const told: object[] = [];
  for await (const [{ input }, answer] of answered(items, api)) {
    if (options.json === true) {
      told.push({ text: input, answer });
    } else {
      const text = typeof input === 'string' ? input : input.text;
      writeLine(`${labelsOf(answer, severalLabels, terminal)}  ${shortened(text)}`, terminal);
    }
  }
  if (options.json === true) {
    writeJson(told, terminal);
  }
}

function refuseContradictions(texts: readonly string[], options: ClassifyOptions, { stdin }: Terminal): void {
  const { csv = false, json = false, textColumn, pairColumn } = options;
  if (csv && texts.length > 0) {
    throw new UsageError('--csv reads standard input and goes without texts: leave one of them out.');
  }
  if (csv && json) {
    throw new UsageError('--csv answers CSV and goes without --json: leave one of them out.');
  }
  if (!csv && (textColumn ?? pairColumn) !== undefined) {
    throw new UsageError('--text-column and --pair-column are of a CSV file: add --csv.');
  }
  if (texts.length === 0 && stdin.isTTY === true) {
    throw new UsageError(
      'There is nothing to classify: give a text in quotes, or a file on standard input (… < texts.txt).',
    );
  }
}

async function* linesOf(stdin: NodeJS.ReadableStream): AsyncGenerator<Item> {
  let line = 0;
  for await (const input of createInterface({ input: stdin, crlfDelay: Infinity })) {
    line += 1;
    yield { input, where: `standard input, line ${line}` };
  }
}

/** Each item with its answer, in their order. */
async function* answered(
  items: Iterable<Item> | AsyncIterable<Item>,
  api: ClassifyApi,
): AsyncGenerator<readonly [Item, Answer]> {
  for await (const some of atOnce(items)) {
    const answers = await api.classify(some.map(({ input }) => input));
    for (const [place, item] of some.entries()) {
      yield [item, answers[place] ?? []];
    }
  }
}

/** Cuts items into what one request may have. */
async function* atOnce(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let some: Item[] = [];
  let bytes = 0;
  for await (const item of items) {
    const { input, where } = item;
    if (
      [typeof input === 'string' ? input : input.text, typeof input === 'string' ? ' x' : input.text_pair].some(
        (text) => text.trim() === '',
      )
    ) {
      throw new CommandFailed(`${where}: the text is empty; leave it out or mend it.`);
    }
    const more = Buffer.byteLength(JSON.stringify(input)) + 1;
    if (some.length > 0 && (some.length === MOST_AT_ONCE || bytes + more > MOST_BYTES / 2)) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(item);
    bytes += more;
  }
  if (some.length > 0) {
    yield some;
  }
}

/** `0.985 unacceptable`, or all labels that a text has. */
function labelsOf(answer: Answer, severalLabels: boolean, terminal: Terminal): string {
  const named = severalLabels ? answer : answer.slice(0, 1);
  return named.length === 0
    ? colored('gray', '(no label)', terminal)
    : named
        .map(
          ({ label, score }) => `${colored('gray', score.toFixed(3), terminal)} ${colored('green', label, terminal)}`,
        )
        .join(', ');
}
