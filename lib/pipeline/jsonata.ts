/**
 * A value that Step Functions computes: a JSONata expression over `$states` and the pipeline's variables.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function jsonata(expression: string): string {
  return `{% ${expression} %}`;
}

/*
 * The variables of an execution: all that one state leaves for another.
 *
 * | variable      | assigned by                          | what it is                                                         |
 * | ------------- | ------------------------------------ | ------------------------------------------------------------------ |
 * | `$plan`       | Plan                                 | the input over the defaults (lambda/shared/plan.ts)                |
 * | `$dataset`    | Plan, PrepareDataset                 | counts and place of the prepared dataset; null: nothing is trained |
 * | `$artifact`   | ChooseAction, Train, ChooseCandidate | the s3:// URL of the model.tar.gz to judge                         |
 * | `$job`        | Plan, Train                          | the job's seconds; null: none, or those of candidates              |
 * | `$candidates` | Plan, ChooseCandidate                | `CandidateOutcome` of each of lambda/shared; null: there are none  |
 * | `$report`     | Plan, WriteReport                    | `WrittenReport` of lambda/shared: of the training                  |
 * | `$model`      | QualityGate                          | what was judged good, with its metrics and its URL                 |
 * | `$traced`     | IsTraced, StoreTracedModel           | the s3:// URL of the same model for the accelerator                |
 * | `$serving`    | whatever decides how it is served    | `Serving` of lambda/shared/serving-settings.ts                     |
 * | `$deployment` | CheckDeployment and its like         | how a stack's update stands                                        |
 * | `$previous`   | Deploy                               | the parameters that the stack had before; null: none was changed   |
 * | `$smokeTest`  | SmokeTest                            | how the endpoint answered                                          |
 * | `$inService`  | SmokeTest                            | what is in service: the execution's output                         |
 * | `$failure`    | each Catch                           | what failed, in which state: `Failure` of lambda/shared            |
 */

/** What every Catch assigns, for ExplainFailure and FallBack to read. */
export const ASSIGN_FAILURE = {
  failure: jsonata(
    '{"state": $states.context.State.Name, "error": $states.errorOutput.Error, "cause": $states.errorOutput.Cause}',
  ),
};
