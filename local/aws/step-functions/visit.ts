import { EvaluationFailure, TaskError } from './errors';
import type { Evaluate } from './expression';
import type { Cursor, History } from './history';
import { jsonText } from './json';
import type { StatesField } from './references';
import type { Variables } from './variables';

/** `$states.context`. */
export type Context = Readonly<Record<string, unknown>>;

/** One branch under way: its place in the history, its variables, what stops it, and the context object without `State`. */
export interface Thread extends Cursor {
  readonly signal: AbortSignal;
  readonly context: Context;
  readonly variables: Variables;
}

/** Where a state leads (no `next` ends the branch), what it hands on there and what it keeps. */
export interface Departure {
  readonly output: unknown;
  readonly assigned: Readonly<Record<string, unknown>>;
  readonly next?: string;
}

/** The part of a state, of a Choice's rule or of a Catch that says where the state leads. */
interface Exit {
  readonly Output?: Evaluate<unknown>;
  readonly Assign?: Readonly<Record<string, Evaluate<unknown>>>;
  readonly Next?: string;
}

type MoreStates = Readonly<Partial<Record<StatesField, unknown>>>;

/** A visit to a state: what its expressions are evaluated with. */
export class Visit {
  constructor(
    readonly name: string,
    readonly input: unknown,
    readonly context: Context,
    readonly thread: Thread,
    /** The id of the event with which the visit began. */
    private readonly entered: number,
    private readonly history: History,
  ) {}

  /** The same visit with more in its context object. */
  with(more: Context): Visit {
    return new Visit(this.name, this.input, { ...this.context, ...more }, this.thread, this.entered, this.history);
  }

  /** Evaluates a field of the state. Throws States.QueryEvaluationError. */
  async evaluate<T>(evaluate: Evaluate<T>, field: string, more: MoreStates = {}): Promise<T> {
    const { name, input, context, thread } = this;
    try {
      return await evaluate({ states: { input, context, ...more }, variables: thread.variables.values }, field);
    } catch (failure) {
      if (!(failure instanceof EvaluationFailure)) throw failure;
      const error = 'States.QueryEvaluationError';
      const { message: cause, location } = failure;
      this.history.record(thread, 'EvaluationFailed', {
        evaluationFailedEventDetails: { error, cause, location, state: name },
      });
      throw new TaskError(error, this.explain(cause));
    }
  }

  /** A cause as the service words it. */
  explain(cause: string): string {
    return `An error occurred while executing the state '${this.name}' (entered at the event id #${this.entered}). ${cause}`;
  }

  /**
   * Evaluates what the state hands on and keeps, both with the variables as they were when the state was entered.
   * Throws States.QueryEvaluationError, and States.DataLimitExceeded.
   *
   * @param where the place of `exit` in the state, such as `Catch[0]/`
   * @param output what is handed on without an Output
   */
  async leave(exit: Exit, where: string, output: unknown, more?: MoreStates): Promise<Departure> {
    const assigned: [string, unknown][] = [];
    for (const [name, value] of Object.entries(exit.Assign ?? {})) {
      assigned.push([name, await this.evaluate(value, `${where}Assign/${name}`, more)]);
    }
    const departure = {
      assigned: Object.fromEntries(assigned),
      output: exit.Output === undefined ? output : await this.evaluate(exit.Output, `${where}Output`, more),
      next: exit.Next,
    };
    jsonText(departure.output, this.name);
    this.thread.variables.texts(departure.assigned);
    return departure;
  }
}
