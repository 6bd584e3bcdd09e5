import type { CandidateOutcome } from '../../lambda/shared/candidates';
import type { PreparedDataset } from '../../lambda/shared/prepared-dataset';
import { candidateLines } from './candidates-report';
import { datasetLines } from './dataset-report';
import { bar, duration, type Progress } from './progress';
import type { HistoryEvent } from '../aws/step-functions/state-machine';

const WORK = /^(?:Task|Map)State/;

/** From entering a task's state to leaving it, or to leaving it for the last time where a loop comes back to it at once. */
interface Visit {
  readonly name: string;
  readonly entered: Date;
  /** Undefined while it is there, and where the execution ends with it. */
  readonly exited?: Date;
  /** What the state's function or service answered. */
  readonly output: unknown;
}

/** Shows an execution as it goes: each state with its time and what came of it, and the lines of the training job. */
export class PipelineProgress {
  private visit: Visit | undefined;

  constructor(private readonly progress: Progress) {}

  onStateEvent(event: HistoryEvent): void {
    const { type, path, timestamp, stateEnteredEventDetails, stateExitedEventDetails } = event;
    if (event.mapIterationStartedEventDetails !== undefined) {
      const { name, index } = event.mapIterationStartedEventDetails;
      this.progress.line(`    ${name}[${index}]`);
    }
    if (path.length > 0) {
      return;
    }
    if (stateEnteredEventDetails?.name !== undefined) {
      const { name } = stateEnteredEventDetails;
      this.progress.status(`  ${name} …`);
      // What only steers the flow needs no line of its own.
      if (WORK.test(type) && this.visit?.name !== name) {
        this.endVisit(timestamp);
        this.visit = { name, entered: timestamp, output: null };
      }
    }
    if (WORK.test(type) && stateExitedEventDetails !== undefined && this.visit !== undefined) {
      this.visit = { ...this.visit, exited: timestamp, output: JSON.parse(stateExitedEventDetails.output ?? 'null') };
    }
    if (type.startsWith('Execution')) {
      this.endVisit(timestamp);
    }
  }

  private endVisit(now: Date): void {
    if (this.visit === undefined) {
      return;
    }
    const { name, entered, exited = now, output } = this.visit;
    this.visit = undefined;
    const seconds = ((exited.getTime() - entered.getTime()) / 1000).toFixed(1);
    const lines = reportOf(output);
    const numbers = lines === undefined ? numbersIn(output).join(', ') : '';
    this.progress.line(`  ${name.padEnd(26)} ${seconds.padStart(6)} s  ${numbers}`.trimEnd());
    for (const line of lines ?? []) {
      this.progress.line(`    ${line}`);
    }
  }

  onTrainingLog({ line }: { readonly line: string }): void {
    const step = /^epoch=(\S+) step=(\d+)\/(\d+) train_loss=(\S+) seconds_left=(\d+)$/.exec(line);
    const download = /^download=(\d+)\/(\d+) seconds_left=(\d+)$/.exec(line);
    if (step !== null) {
      const [, epoch, done, all, loss, secondsLeft] = step;
      const how = `epoch ${epoch}, step ${done}/${all}, train loss ${loss}, ${duration(Number(secondsLeft))} left`;
      this.progress.status(`    ${bar(Number(done) / Number(all))} ${how}`);
    } else if (download !== null) {
      const [done, all, secondsLeft] = download.slice(1).map(Number) as [number, number, number];
      const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
      const how = `downloading the base model, ${megabytes(done)} of ${megabytes(all)} MB, ${duration(secondsLeft)} left`;
      this.progress.status(`    ${bar(done / all)} ${how}`);
    } else if (/^(?:epoch|validation_loss)=/.test(line)) {
      this.progress.line(`    ${line.replaceAll('=', ' ').replaceAll('_', ' ')}`);
    } else if (/^(?:tokenizing|keeping|exporting) /.test(line)) {
      this.progress.status(`    ${line} …`);
    }
  }
}

/** What is told of a dataset, or of candidates; undefined for another state's answer. */
function reportOf(output: unknown): string[] | undefined {
  if (typeof output !== 'object' || output === null) {
    return undefined;
  }
  if ('trainRows' in output) {
    return datasetLines(output as PreparedDataset);
  }
  return 'candidates' in output ? candidateLines(output.candidates as CandidateOutcome[]) : undefined;
}

/** The metrics and other numbers that a state answered, with their names; what is further in is for states, not people. */
function numbersIn(output: unknown): string[] {
  if (typeof output !== 'object' || output === null) {
    return [];
  }
  return [...Object.entries(output), ...Object.entries('metrics' in output ? (output.metrics ?? {}) : {})]
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(4)}`);
}
