import type { ObjectStore } from '../aws/s3/object-store';
import type { Evaluation } from '../../lambda/shared/evaluation';
import { evaluationLines } from './evaluation-report';

/** The output of an execution that succeeded, as far as it is told; without `serving`, the endpoint is down. */
export interface Outcome {
  /** The s3:// URL of the model; null where none is in service any more. */
  readonly modelDataUrl?: string | null;
  readonly serving?: { readonly accelerator: string; readonly reason: string | null };
  readonly metrics?: Readonly<Record<string, number>> | null;
  /** Of the weights as they were trained, where a CPU serves another form of them. */
  readonly fp32?: Readonly<Record<string, number>> | null;
  readonly evaluation?: Evaluation | null;
  /** What training said of the model, a sentence each. */
  readonly warnings?: readonly string[];
  /** The s3:// URL of the report of its training. */
  readonly report?: string | null;
  /** What was in service last. */
  readonly formerModel?: { readonly metrics: Readonly<Record<string, number>> | null } | null;
}

/** What to tell of an execution that succeeded. */
export function outcomeLines({
  serving,
  metrics,
  fp32 = null,
  evaluation,
  warnings = [],
  report = null,
  formerModel = null,
}: Outcome): string[] {
  if (serving === undefined) {
    return ['The endpoint is down; nothing of it costs anything.'];
  }
  return [
    ...(serving.accelerator === 'none' ? [] : [`Served as traced for ${serving.accelerator}, by this machine's CPU.`]),
    ...(serving.reason === null ? [] : [`Served by the CPU: ${serving.reason}`]),
    ...warnings.map((warning) => `Warning: ${warning}`),
    ...(evaluation === undefined || evaluation === null ? [] : evaluationLines(evaluation)),
    ...(metrics === undefined || metrics === null ? [] : [metricsLine('On the whole', metrics)]),
    ...(fp32 === null ? [] : [`In fp32, as a GPU or an accelerator serves it: ${scores(fp32)}.`]),
    ...(formerModel?.metrics ? [metricsLine('The model before, on its', formerModel.metrics)] : []),
    ...(report === null ? [] : [`The report of its training: ${report}`]),
  ];
}

/** What is told of an execution, with the file that a browser opens in the place of a report's s3:// URL. */
export function withPathOfReport(text: string, objects: Pick<ObjectStore, 'path'>): string {
  return text.replace(/s3:\/\/([^/\s]+)\/(\S+\/report\.html)/, (_, bucket: string, key: string) =>
    objects.path(bucket, key),
  );
}

function metricsLine(whose: string, metrics: Readonly<Record<string, number>>): string {
  const majority = `always the most frequent answer: ${shown(metrics, 'majority_class_accuracy')}`;
  return `${whose} test split (${metrics['rows']} rows): ${scores(metrics, ` (${majority})`)}.`;
}

/** @param beside what is told of the accuracy */
function scores(metrics: Readonly<Record<string, number>>, beside = ''): string {
  return [
    `accuracy ${shown(metrics, 'accuracy')}${beside}`,
    `Matthews correlation ${shown(metrics, 'matthews_correlation')}`,
    ...('micro_f1' in metrics ? [`micro F1 ${shown(metrics, 'micro_f1')}`] : []),
    `macro F1 ${shown(metrics, 'macro_f1')}`,
  ].join(', ');
}

function shown(metrics: Readonly<Record<string, number>>, name: string): string {
  return (metrics[name] ?? NaN).toFixed(3);
}
