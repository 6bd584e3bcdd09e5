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

/** An expression of the field `location` gave no result, or none of the field's type. Its state fails with States.QueryEvaluationError. */
export class EvaluationFailure extends Error {
  override readonly name = 'EvaluationFailure';

  constructor(
    readonly location: string,
    expression: string,
    problem: string,
  ) {
    super(`The JSONata expression '${expression}' specified for the field '${location}' ${problem}`);
  }
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

/** An error of Step Functions' API, with the name that its SDK client knows. */
export class StepFunctionsError extends Error {
  override readonly name = 'StepFunctionsError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
