import { bar, type Progress } from './progress';
import type { HistoryEvent } from '../aws/step-functions/state-machine';

/** From entering a task's state to leaving it, or to leaving it for the last time where a loop comes back to it at once. */
interface Visit {
  readonly name: string;
  readonly entered: Date;
  readonly exited: Date;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
}

/** Shows an execution as it goes: each state with its time and what came of it, and the lines of the training job. */
export class PipelineProgress {
  private visit: Visit | undefined;

  constructor(private readonly progress: Progress) {}

  onStateEvent({ type, path, timestamp, stateEnteredEventDetails, stateExitedEventDetails }: HistoryEvent): void {
    if (path.length > 0) {
      return;
    }
    if (stateEnteredEventDetails?.name !== undefined) {
      const { name, input } = stateEnteredEventDetails;
      this.progress.status(`  ${name} …`);
      // What only steers the flow needs no line of its own.
      if (type === 'TaskStateEntered' && this.visit?.name !== name) {
        this.endVisit();
        this.visit = { name, entered: timestamp, exited: timestamp, input: parseObject(input), output: {} };
      }
    }
    if (type === 'TaskStateExited' && this.visit !== undefined) {
      this.visit = { ...this.visit, exited: timestamp, output: parseObject(stateExitedEventDetails?.output) };
    }
    if (type.startsWith('Execution')) {
      this.endVisit();
    }
  }

  private endVisit(): void {
    if (this.visit === undefined) {
      return;
    }
    const { name, entered, exited, input, output } = this.visit;
    this.visit = undefined;
    const seconds = ((exited.getTime() - entered.getTime()) / 1000).toFixed(1);
    this.progress.line(`  ${name.padEnd(26)} ${seconds.padStart(6)} s  ${describeNews(input, output)}`.trimEnd());
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
