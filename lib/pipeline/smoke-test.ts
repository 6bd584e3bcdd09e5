import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { MODEL_PARAMETER } from '../../lambda/shared/serving-stack';
import { FunctionState } from '../step-functions/function-state';
import { ASSIGN_FAILURE, jsonata, jsonataEach } from '../step-functions/jsonata';
import type { PipelineFunctions } from './pipeline-functions';
import { StackDeployment } from './stack-deployment';

export interface SmokeTestProps {
  readonly functions: PipelineFunctions;
  /** The stack that was changed. */
  readonly stackName: string;
  /** What its parameters were set to: a JSONata expression each. */
  readonly servingParameters: Readonly<Record<string, string>>;
  /** What `$inService` says of the model. */
  readonly outcome: Readonly<Record<string, unknown>>;
  /** What follows a test that passes, with `$smokeTest` and `$inService`. */
  readonly next: sfn.IChainable;
  /** Where a failure goes, when what was in service before is in service again. */
  readonly onFailure: sfn.IChainable;
}

/**
 * The states that ask the endpoint, and put back what was in service before, `$previous`, where it does not answer as it
 * must. Where that is this very deployment, there is nothing to go back to.
 */
export class SmokeTest extends Construct {
  readonly start: FunctionState;

  constructor(scope: Construct, id: string, props: SmokeTestProps) {
    super(scope, id);
    const { functions, stackName, servingParameters, outcome, next, onFailure } = props;

    this.start = new FunctionState(this, 'SmokeTest', {
      lambdaFunction: functions.smokeTest,
      comment: 'Checks that the endpoint serves the intended model, and that it answers what that must answer.',
      payload: {
        modelDataUrl: jsonata('$serving.modelDataUrl'),
        profile: jsonata('$serving.profile'),
        endpointConfigName: jsonata('$deployment.endpointConfigName'),
        isToldSlow: jsonata('$model.isSlow'),
      },
      assign: {
        smokeTest: jsonata('$states.result'),
        inService: {
          ...outcome,
          endpointName: jsonata('$states.result.endpointName'),
          serving: jsonata('$serving'),
          warnings: jsonata('[$model.warnings, $report.warnings, $states.result.warnings]'),
          promotedAt: jsonata('$now()'),
          execution: jsonata('$states.context.Execution.Id'),
        },
      },
      timeout: Duration.minutes(2),
    });
    this.start.addRetry({
      errors: ['EndpointNotReady'],
      interval: Duration.seconds(10),
      maxAttempts: 12,
      backoffRate: 1,
    });
    this.start.next(next);
    const isPrevious = Object.entries(servingParameters).map(([name, value]) => `$previous.${name} = ${value}`);
    const goBack = new StackDeployment(this, 'GoBack', {
      functions,
      stackName,
      parameters: jsonata('$previous'),
      conditions: { replacing: jsonataEach(servingParameters) },
      qualifier: 'Previous',
      next: onFailure,
      assign: { failure: withAftermath(`$previous.${MODEL_PARAMETER} = "" ? "taken-down" : "restored"`) },
      onFailure,
      assignOnFailure: {
        failure: withAftermath('$states.errorOutput.Error = "Superseded" ? "superseded" : "not-restored"'),
      },
    });
    this.start.addCatch(
      sfn.Choice.jsonata(this, 'ChangedWhatServes', {
        comment: 'A model that does not answer must not stay in service.',
      })
        .when(sfn.Condition.jsonata(jsonata(isPrevious.join(' and '))), onFailure, {
          assign: { failure: withAftermath('"unchanged"') },
        })
        .otherwise(goBack.start),
      { errors: ['States.ALL'], assign: ASSIGN_FAILURE },
    );
  }
}

/** `$failure` with what became of the endpoint after it. */
function withAftermath(expression: string): string {
  return jsonata(`$merge([$failure, {"aftermath": ${expression}}])`);
}
