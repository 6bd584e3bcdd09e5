import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { FunctionState } from '../step-functions/function-state';
import { ASSIGN_FAILURE, jsonata } from '../step-functions/jsonata';
import type { PipelineFunctions } from './pipeline-functions';

export interface StackDeploymentProps {
  readonly functions: PipelineFunctions;
  readonly stackName: string;
  /** The stack's parameters to set, with JSONata where they read variables. Every other keeps its value. */
  readonly parameters: Readonly<Record<string, unknown>> | string;
  /** On what other conditions to change it: see `DeploymentRequest` of lambda/deploy. @default - none */
  readonly conditions?: Readonly<Record<string, unknown>>;
  /** Where it goes on when the endpoint is down and the conditions keep it so. @default - none do */
  readonly whenKeptDown?: sfn.IChainable;
  /** Whether to keep the values that the parameters had in `$previous`, which stays as it is where nothing is changed. @default false */
  readonly keepPrevious?: boolean;
  /** What the names of the states tell this deployment from another by. @default - nothing */
  readonly qualifier?: string;
  /** Where a failure goes. */
  readonly onFailure: sfn.IChainable;
  /** Variables to assign then. @default - `$failure` */
  readonly assignOnFailure?: Readonly<Record<string, unknown>>;
  /** What follows the end of the update, with `{"status", "endpointConfigName"}` in `$deployment`. */
  readonly next: sfn.IChainable;
  /** Variables to assign then. @default - none */
  readonly assign?: Readonly<Record<string, unknown>>;
}

/** The states that set parameters of a stack and wait for the end of its update, however long that takes. */
export class StackDeployment extends Construct {
  readonly start: FunctionState;

  constructor(scope: Construct, id: string, { functions, qualifier = '', onFailure, ...props }: StackDeploymentProps) {
    super(scope, id);
    const payload = { stackName: props.stackName, parameters: props.parameters };

    this.start = new FunctionState(this, `Deploy${qualifier}`, {
      lambdaFunction: functions.deploy,
      comment: `Sets the parameters of the stack ${props.stackName}; whatever else it has stays as it is.`,
      payload: { ...payload, ...props.conditions },
      assign: props.keepPrevious === true ? { previous: jsonata('$states.result.previous') } : undefined,
      timeout: Duration.minutes(1),
    });
    const check = new FunctionState(this, `Check${qualifier}Deployment`, {
      lambdaFunction: functions.checkDeployment,
      comment: `Looks whether the update of ${props.stackName} is through, and tells a rollback from a success.`,
      payload,
      assign: { deployment: jsonata('$states.result') },
      timeout: Duration.minutes(1),
    });
    const wait = sfn.Wait.jsonata(this, `WaitFor${qualifier}Deployment`, {
      comment: 'An endpoint takes minutes to change.',
      time: sfn.WaitTime.duration(Duration.seconds(30)),
    });

    // Another execution, or `cdk deploy`, is changing the stack: wait for up to an hour, which an endpoint may take.
    this.start.addRetry({ errors: ['StackBusy'], interval: Duration.seconds(60), maxAttempts: 60, backoffRate: 1 });
    // The very same model is in service already; what follows still has to agree.
    this.start.addCatch(check, { errors: ['NothingToDo'] });
    if (props.whenKeptDown !== undefined) {
      this.start.addCatch(props.whenKeptDown, { errors: ['TakenDownSince'] });
    }
    for (const state of [this.start, check]) {
      // What did not answer in time may have begun the update, whose end is to be seen and tested.
      state.addRetry({
        errors: ['States.Timeout', 'Sandbox.Timedout'],
        interval: Duration.seconds(10),
        maxAttempts: 2,
      });
      state.addCatch(onFailure, { errors: ['States.ALL'], assign: props.assignOnFailure ?? ASSIGN_FAILURE });
    }
    this.start.next(check).next(
      sfn.Choice.jsonata(this, `${qualifier}DeploymentComplete`, { comment: 'Goes on when the update is through.' })
        .when(sfn.Condition.jsonata(jsonata('$deployment.status = "COMPLETE"')), props.next, { assign: props.assign })
        .otherwise(wait.next(check)),
    );
  }
}
