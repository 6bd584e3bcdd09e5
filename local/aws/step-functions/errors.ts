/** A failed task or state: `error` is the Error name that Retry and Catch match, `cause` what went wrong in words. */
export class TaskError extends Error {
  constructor(
    readonly error: string,
    override readonly cause: string,
  ) {
    super(cause);
    this.name = error;
  }
}

/** The definition asks for something that this interpreter does not implement, or is not valid; one line per problem. */
export class UnsupportedDefinition extends Error {
  override readonly name = 'UnsupportedDefinition';

  constructor(readonly problems: readonly string[]) {
    super(`The state machine cannot run here:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** Data does not fit the definition (a path without a value, for one). Fails the execution with States.Runtime, past every Catch. */
export class RuntimeFailure extends Error {
  override readonly name = 'RuntimeFailure';
}

/** Why work was cut short. Unwinds every state in progress; no Retry or Catch sees it. */
export class Aborted extends Error {
  override readonly name = 'AbortError';

  constructor(
    readonly status: 'ABORTED' | 'TIMED_OUT',
    readonly error = '',
    override readonly cause = '',
  ) {
    super(cause === '' ? 'The execution no longer needs this work.' : cause);
  }
}
