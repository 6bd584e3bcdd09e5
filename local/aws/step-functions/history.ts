import type { HistoryEventType, HistoryEvent as ServiceEvent } from '@aws-sdk/client-sfn';

/**
 * An event as GetExecutionHistory answers it (inputs and outputs are JSON texts), and `path`: the branches around the
 * state, outermost first, such as `['Fan[0]', 'Each[2]']`; empty for states of the machine itself.
 */
export type HistoryEvent = ServiceEvent & {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: Date;
  readonly type: HistoryEventType;
  readonly path: readonly string[];
};

/** The place of a branch in the history: events of one branch form a chain by their previousEventId. */
export interface Cursor {
  readonly path: readonly string[];
  previousEventId: number;
}

/** What an event holds besides its type and place. */
export type EventDetails = Omit<ServiceEvent, 'id' | 'previousEventId' | 'timestamp' | 'type'>;

/** Numbers the events of one execution and hands each on as it happens. */
export class History {
  length = 0;

  constructor(private readonly onEvent: (event: HistoryEvent) => void = () => undefined) {}

  /** Records an event of the branch and answers its id. */
  record(cursor: Cursor, type: HistoryEventType, details: EventDetails = {}): number {
    const { path, previousEventId } = cursor;
    const id = (this.length += 1);
    cursor.previousEventId = id;
    this.onEvent({ id, previousEventId, timestamp: new Date(), type, path, ...details });
    return id;
  }
}
