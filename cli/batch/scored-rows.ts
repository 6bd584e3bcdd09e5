import type { S3Client } from '@aws-sdk/client-s3';
import { answeredLines } from '../../lambda/shared/answered-lines';
import { BatchPlaces, type BatchRun, type CutFile, labelsOf, type RowRecord } from '../../lambda/shared/batch';
import { readJson } from '../../lambda/shared/json-objects';

/** A row of a run with all scores. */
export interface ScoredRow {
  readonly text: string;
  /** The second text of a pair. */
  readonly pair: string | undefined;
  /** What the model says of it; undefined where the row has an error. */
  readonly answer:
    | {
        /** One, or of several labels those it has. */
        readonly labels: readonly string[];
        readonly scores: ReadonlyMap<string, number>;
      }
    | undefined;
}

/** A run whose parts have all been answered. */
export interface AnsweredRun {
  readonly severalLabels: boolean;
  readonly hasPairs: boolean;
  /** In the order of the input. */
  rows(): AsyncGenerator<ScoredRow>;
}

/** @param uri the s3:// URL of the run's folder */
export async function openAnsweredRun(uri: string, s3: S3Client): Promise<AnsweredRun> {
  const places = new BatchPlaces(uri);
  const run = await required<BatchRun>(places.run, s3);
  return {
    severalLabels: run.model.severalLabels,
    hasPairs: run.model.hasPairs,
    async *rows() {
      for (const file of run.files.keys()) {
        const cut = await required<CutFile>(places.cutFile(file), s3);
        for await (const line of answeredLines(s3, places.answers, cut)) {
          const [text = '', pair] = textsIn(line.record, cut);
          const answer =
            'error' in line
              ? undefined
              : {
                  labels: labelsOf(line).map(({ label }) => label),
                  scores: new Map(line.answer.map(({ label, score }) => [label, score])),
                };
          yield { text, pair, answer };
        }
      }
    },
  };
}

function textsIn(record: RowRecord, { columns, textColumns }: CutFile): string[] {
  if (typeof record !== 'string') {
    return textColumns.map((place) => asText(record[place]));
  }
  try {
    const object = JSON.parse(record) as Readonly<Record<string, unknown>>;
    return textColumns.map((place) => asText(object[columns[place] ?? '']));
  } catch {
    // Such a row has an error, and no text.
    return [];
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

async function required<T>(uri: string, s3: S3Client): Promise<T> {
  const value = await readJson<T>(s3, uri);
  if (value === undefined) {
    throw new Error(`${uri} is gone, which the run has written`);
  }
  return value;
}
