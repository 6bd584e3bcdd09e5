import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from '../../aws/step-functions/state-machine';

/** Of past executions, those that are kept. */
const MOST_KEPT = 20;
/** Of what a job or a function has printed. */
const MOST_LINES = 2000;

/** An execution as it is kept: its events, and what its jobs and functions printed, by their names. */
export interface RecordedExecution {
  readonly name: string;
  readonly events: readonly HistoryEvent[];
  readonly logs: ReadonlyMap<string, readonly string[]>;
  /** Whether this process runs it; one that is not and has no end was cut off with the process that did. */
  readonly isLive: boolean;
}

/** A line of an execution's file. */
type Entry = { readonly event: HistoryEvent } | { readonly log: string; readonly text: string };

/** An execution that grows. */
class Recording implements RecordedExecution {
  readonly events: HistoryEvent[] = [];
  readonly logs = new Map<string, string[]>();

  constructor(
    readonly name: string,
    readonly isLive: boolean,
  ) {}

  add(entry: Entry): void {
    if ('event' in entry) {
      this.events.push(entry.event);
      return;
    }
    const lines = this.logs.get(entry.log) ?? [];
    lines.push(...entry.text.replace(/\n$/, '').split('\n'));
    this.logs.set(entry.log, lines.slice(-MOST_LINES));
  }
}

/**
 * The executions of this and earlier local runs, each in a file of a line for each event and for each piece of a log, so that
 * nothing of it is lost with the process.
 */
export class Executions {
  private readonly recordings = new Map<string, Recording>();
  /** Whose job or function it is that prints. */
  private readonly owners = new Map<string, Recording>();
  private readonly listeners = new Set<(name: string) => void>();

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(folder)) {
      const recording = new Recording(file.replace(/\.jsonl$/, ''), false);
      for (const entry of entriesIn(join(folder, file))) {
        recording.add(entry);
      }
      this.recordings.set(recording.name, recording);
    }
    const past = this.all();
    for (const { name } of past.slice(MOST_KEPT)) {
      this.recordings.delete(name);
      rmSync(this.file(name));
    }
  }

  /** The latest first. */
  all(): readonly RecordedExecution[] {
    const started = ({ events }: RecordedExecution): number => events[0]?.timestamp.getTime() ?? 0;
    return [...this.recordings.values()].sort((one, other) => started(other) - started(one));
  }

  find(name: string): RecordedExecution | undefined {
    return this.recordings.get(name);
  }

  onEvent(event: HistoryEvent, executionArn: string): void {
    const name = executionArn.split(':').at(-1) ?? '';
    const recording = this.recordings.get(name) ?? new Recording(name, true);
    this.recordings.set(name, recording);
    const log = logNameOf(event);
    if (log !== undefined) {
      this.owners.set(log, recording);
    }
    this.add(recording, { event });
  }

  /** Takes what a training job or a function prints; what is of no execution is dropped. */
  onLog(log: string, text: string): void {
    const owner = this.owners.get(log);
    if (owner !== undefined) {
      this.add(owner, { log, text });
    }
  }

  /** @returns what ends it */
  onChange(listener: (name: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private add(recording: Recording, entry: Entry): void {
    recording.add(entry);
    appendFileSync(this.file(recording.name), `${JSON.stringify(entry)}\n`);
    for (const listener of this.listeners) {
      listener(recording.name);
    }
  }

  private file(name: string): string {
    return join(this.folder, `${name}.jsonl`);
  }
}

/** The name of the log of the job or function that a task starts. */
export function logNameOf({
  taskScheduledEventDetails,
  lambdaFunctionScheduledEventDetails,
}: HistoryEvent): string | undefined {
  if (lambdaFunctionScheduledEventDetails !== undefined) {
    return lambdaFunctionScheduledEventDetails.resource?.split(':').at(-1);
  }
  const parameters: unknown = JSON.parse(taskScheduledEventDetails?.parameters ?? 'null');
  return typeof parameters === 'object' && parameters !== null && 'TrainingJobName' in parameters
    ? String(parameters.TrainingJobName)
    : undefined;
}

function entriesIn(file: string): Entry[] {
  // Of a process that was killed, the last line may be half a one.
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const entry = JSON.parse(line) as Entry;
    return 'event' in entry ? { event: { ...entry.event, timestamp: new Date(entry.event.timestamp) } } : entry;
  });
}
