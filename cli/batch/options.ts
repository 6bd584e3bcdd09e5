import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../../local/run/options';
import type { TargetOptions } from '../target';
import type { Terminal } from '../terminal';

/** What `classifier batch` takes. Those after `uncertain` are fields of the execution's input, whose checks they have. */
export interface BatchOptions extends TargetOptions {
  readonly json?: boolean;
  /** Files of this machine, or the s3:// URL of such. */
  readonly input: string;
  /** A folder of this machine, or the s3:// URL of one. */
  readonly output: string;
  /** An artifact, of this machine or in S3. @default - the model in service */
  readonly model?: string;
  /** Another one, whose answers are compared with those of the model. */
  readonly compare?: string;
  /** How many of the rows that are worth labelling first are written. */
  readonly uncertain?: number;
  readonly textColumn?: string;
  readonly pairColumn?: string;
  readonly format?: string;
  readonly scores?: string;
  readonly overflow?: string;
  readonly maxErrors?: number;
  readonly maxCostUsd?: number;
  readonly instanceType?: string;
  readonly instanceCount?: number;
}

/** What is on this machine, or in S3. */
export type Place = { readonly path: string } | { readonly uri: string };

/** @throws UsageError for a file that is not there, or not where AWS could read it */
export function placeOf(
  option: 'input' | 'output' | 'model' | 'compare',
  value: string,
  { aws = false }: TargetOptions,
  { workingDirectory }: Terminal,
): Place {
  if (value.startsWith('s3://')) {
    return { uri: value };
  }
  if (aws) {
    throw new UsageError(
      `--${option}: with --aws it must be in S3 (s3://…), and ${value} is on this machine: upload it.`,
    );
  }
  const path = resolve(workingDirectory, value);
  if (option !== 'output' && !existsSync(path)) {
    throw new UsageError(`--${option}: there is no file or folder ${value}.`);
  }
  return { path };
}

/** The fields of the execution's input that the options set, but for what is where. */
export function fieldsOf(options: BatchOptions): object {
  const { textColumn, pairColumn, format, overflow, maxErrors, maxCostUsd, instanceType, instanceCount } = options;
  const needsAllScores = options.compare !== undefined || options.uncertain !== undefined;
  return {
    ...{ textColumn, pairColumn, format, scores: needsAllScores ? 'all' : options.scores, overflow },
    ...{ maxErrors, maxCostUsd, instanceType, instanceCount },
  };
}

/** The options of fields whose names are no words of a sentence. */
const OPTION_OF_FIELD: Readonly<Record<string, string>> = {
  textColumn: '--text-column',
  pairColumn: '--pair-column',
  modelDataUrl: '--model',
  maxErrors: '--max-errors',
  maxCostUsd: '--max-cost-usd',
  instanceType: '--instance-type',
  instanceCount: '--instance-count',
};

/** What a state says of fields of the execution's input, with the options in their place. */
export function withOptionNames(cause: string): string {
  return cause.replace(/\b[a-z]+[A-Z]\w*\b/g, (word) => OPTION_OF_FIELD[word] ?? word);
}
