/** A Retry rule of a state, defaults filled in. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy: 'FULL' | 'NONE';
}

/** Tells whether a Retry or Catch rule covers an error. Nothing covers States.Runtime, and only its name States.DataLimitExceeded. */
export function matches(errorEquals: readonly string[], error: string): boolean {
  if (error === 'States.Runtime') return false;
  if (errorEquals.includes(error)) return true;
  if (error === 'States.DataLimitExceeded') return false;
  return errorEquals.some(
    (name) => name === 'States.ALL' || (name === 'States.TaskFailed' && error !== 'States.Timeout'),
  );
}

/** Counts the attempts of one visit to a state, each rule for itself. */
export class Retries {
  private readonly used = new Map<Retrier, number>();

  constructor(private readonly retriers: readonly Retrier[]) {}

  /** Milliseconds to wait before trying again, or undefined when the first rule for this error is used up or none is. */
  next(error: string): number | undefined {
    const retrier = this.retriers.find((rule) => matches(rule.ErrorEquals, error));
    if (retrier === undefined) return undefined;
    const used = this.used.get(retrier) ?? 0;
    if (used >= retrier.MaxAttempts) return undefined;
    this.used.set(retrier, used + 1);
    const seconds = Math.min(
      retrier.IntervalSeconds * retrier.BackoffRate ** used,
      retrier.MaxDelaySeconds ?? Infinity,
    );
    return 1000 * seconds * (retrier.JitterStrategy === 'FULL' ? Math.random() : 1);
  }
}
