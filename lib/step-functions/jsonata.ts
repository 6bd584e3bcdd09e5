/**
 * A value that Step Functions computes: a JSONata expression over `$states` and the execution's variables.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function jsonata(expression: string): string {
  return `{% ${expression} %}`;
}

/** What every Catch assigns, for ExplainFailure and others to read: `Failure` of lambda/shared/execution-failure.ts. */
export const ASSIGN_FAILURE = {
  failure: jsonata(
    '{"state": $states.context.State.Name, "error": $states.errorOutput.Error, "cause": $states.errorOutput.Cause}',
  ),
};
