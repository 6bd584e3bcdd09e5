import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { FunctionState } from './function-state';
import { jsonata } from './jsonata';

/**
 * The states `ExplainFailure` and, behind it, `Failed`, which every Catch of a state machine leads to.
 *
 * Reads `$failure` (`ASSIGN_FAILURE`). Error is a name such as `InvalidInput`; Cause says in which state, why, and what to do.
 *
 * @param explainFailure the function lambda/explain-failure
 */
export function explainedFailure(scope: Construct, explainFailure: lambda.IFunction): sfn.State {
  const explain = new FunctionState(scope, 'ExplainFailure', {
    lambdaFunction: explainFailure,
    comment: 'Makes one readable explanation of what AWS hands over in several shapes.',
    payload: { failure: jsonata('$failure') },
    timeout: Duration.minutes(1),
  });
  explain.next(
    sfn.Fail.jsonata(scope, 'Failed', {
      comment: 'Says in which state the execution failed, why, and what to do.',
      error: jsonata('$states.input.error'),
      cause: jsonata('$states.input.cause'),
    }),
  );
  return explain;
}
