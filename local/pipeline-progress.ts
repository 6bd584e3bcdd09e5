import { bar, type Progress } from './progress';
import type { HistoryEvent } from './state-machine/state-machine';

/** Shows an execution as it goes: each state with its time and what came of it, and the lines of the training job. */
export class PipelineProgress {
  private entered = 0;
  private input: Readonly<Record<string, unknown>> = {};

  constructor(private readonly progress: Progress) {}

  onStateEvent({ type, path, timestamp, stateEnteredEventDetails, stateExitedEventDetails }: HistoryEvent): void {
    if (path.length > 0) {
      return;
    }
    if (stateEnteredEventDetails !== undefined) {
      this.entered = timestamp.getTime();
      this.input = parseObject(stateEnteredEventDetails.input);
      this.progress.status(`  ${stateEnteredEventDetails.name ?? ''} …`);
    }
    // What only steers the flow needs no line of its own.
    if (stateExitedEventDetails !== undefined && type === 'TaskStateExited') {
      const seconds = ((timestamp.getTime() - this.entered) / 1000).toFixed(1);
      const news = describeNews(this.input, parseObject(stateExitedEventDetails.output));
      this.progress.status('');
      this.progress.line(
        `  ${(stateExitedEventDetails.name ?? '').padEnd(16)} ${seconds.padStart(6)} s  ${news}`.trimEnd(),
      );
    }
  }

  onTrainingLog({ line }: { readonly line: string }): void {
    const step = /^epoch=(\S+) step=(\d+)\/(\d+) (.*)$/.exec(line);
    if (step !== null) {
      const [, epoch, done, all, rest] = step;
      this.progress.status(`    epoch ${epoch} ${bar(Number(done) / Number(all))} ${rest}`);
    } else if (line.startsWith('epoch=')) {
      this.progress.line(`    ${line.replaceAll('=', ' ').replaceAll('_', ' ')}`);
    }
  }
}

function parseObject(text: string | undefined): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text ?? '{}');
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The numbers and short texts of what a state added. */
function describeNews(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): string {
  return Object.entries(after)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]))
    .flatMap(([name, value]) => describeValue(name, value))
    .join(', ');
}

function describeValue(name: string, value: unknown, depth = 0): string[] {
  if (typeof value === 'number') {
    return [`${name} ${Number.isInteger(value) ? value : value.toFixed(4)}`];
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 2) {
    return Object.entries(value).flatMap(([inner, child]) => describeValue(inner, child, depth + 1));
  }
  return [];
}
