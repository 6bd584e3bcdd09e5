/**
 * A value that Step Functions computes: a JSONata expression over `$states` and the execution's variables.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function jsonata(expression: string): string {
  return `{% ${expression} %}`;
}

/** The same of each of an object's values. */
export function jsonataEach(expressions: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(expressions).map(([name, expression]) => [name, jsonata(expression)]));
}

/** What every Catch assigns, for ExplainFailure and others to read: `Failure` of lambda/shared/execution-failure.ts. */
export const ASSIGN_FAILURE = {
  failure: jsonata(
    '{"state": $states.context.State.Name, "error": $states.errorOutput.Error, "cause": $states.errorOutput.Cause}',
  ),
};
