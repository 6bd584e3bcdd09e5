import {
  type HistoryEvent,
  paginateGetExecutionHistory,
  type SFNClient,
  type TaskScheduledEventDetails,
} from '@aws-sdk/client-sfn';

/** A state's part in an execution: from entering it to leaving it, or to leaving it for the last time where a loop comes back at once. */
export interface Step {
  readonly name: string;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly entered: Date;
  /** Undefined while it runs. */
  readonly exited?: Date;
  /** The SageMaker job that it runs. */
  readonly job?: Job;
}

export interface Job {
  readonly name: string;
  readonly kind: 'training' | 'processing';
}

/** States that do something; the others steer the flow. */
const ENTERED = /^(?:Task|Map)StateEntered$/;
const FAILED = /(?:Failed|TimedOut)$/;
const JOB = /^create(Training|Processing)Job\b/;

/** All events of an execution, oldest first. */
export async function historyOf(executionArn: string, stepFunctions: SFNClient): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client: stepFunctions, pageSize: 1000 }, { executionArn })) {
    events.push(...(page.events ?? []));
  }
  return events;
}

/** The steps that an execution's events tell of, in the order in which they began. */
export function stepsOf(events: readonly HistoryEvent[]): Step[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  const visits = new Map<number | undefined, Step>();
  /** The visit that an event belongs to, by the chain of events before it: an iteration of a Map has one of its own. */
  const visitOf = (event: HistoryEvent, name?: string): readonly [number, Step] | undefined => {
    for (let at: HistoryEvent | undefined = event; at !== undefined; at = byId.get(at.previousEventId)) {
      const entered = at.stateEnteredEventDetails?.name;
      if (entered !== undefined && (name ?? entered) === entered) {
        const visit = visits.get(at.id);
        return visit && [at.id ?? 0, visit];
      }
    }
    return undefined;
  };
  for (const event of events) {
    const { id, type = '', timestamp = new Date(0), previousEventId } = event;
    const { stateEnteredEventDetails, stateExitedEventDetails, taskScheduledEventDetails } = event;
    if (ENTERED.test(type)) {
      visits.set(id, { name: stateEnteredEventDetails?.name ?? '', status: 'running', entered: timestamp });
    } else if (taskScheduledEventDetails !== undefined) {
      const [entry, visit] = visitOf(event) ?? [];
      if (visit !== undefined) {
        visits.set(entry, { ...visit, job: jobOf(taskScheduledEventDetails) });
      }
    } else if (stateExitedEventDetails !== undefined) {
      const [entry, visit] = visitOf(event, stateExitedEventDetails.name) ?? [];
      if (visit !== undefined) {
        const failed = FAILED.test(byId.get(previousEventId)?.type ?? '');
        visits.set(entry, { ...visit, status: failed ? 'failed' : 'succeeded', exited: timestamp });
      }
    }
  }
  return withoutLoops([...visits.values()]);
}

function jobOf({ resource = '', parameters = '{}' }: TaskScheduledEventDetails): Job | undefined {
  const kind = JOB.exec(resource)?.[1];
  if (kind === undefined) {
    return undefined;
  }
  const { [`${kind}JobName`]: name } = JSON.parse(parameters) as Record<string, string | undefined>;
  return name === undefined ? undefined : { name, kind: kind === 'Training' ? 'training' : 'processing' };
}

function withoutLoops(steps: readonly Step[]): Step[] {
  const told: Step[] = [];
  for (const step of steps) {
    const before = told.at(-1);
    if (before?.name === step.name && step.job === undefined) {
      told[told.length - 1] = { ...step, entered: before.entered };
    } else {
      told.push(step);
    }
  }
  return told;
}
