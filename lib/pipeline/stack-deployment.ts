import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { FunctionState } from './function-state';
import type { PipelineFunctions } from './pipeline-functions';

export interface StackDeploymentProps {
  readonly functions: PipelineFunctions;
  readonly stackName: string;
  /** The stack's parameters to set; keys that end in `.$` read the execution's state. Every other keeps its value. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What the names of the states tell this deployment from another by. @default - nothing */
  readonly qualifier?: string;
  /** Where a failure goes, with the failure at `$.failure`. */
  readonly onFailure: sfn.IChainable;
  /** What follows, with `{"status", "endpointConfigName"}` at `$.deployment`. */
  readonly next: sfn.IChainable;
}

/** The states that set parameters of a stack and wait for the end of its update, however long that takes. */
export class StackDeployment extends Construct {
  readonly start: FunctionState;

  constructor(scope: Construct, id: string, { functions, qualifier = '', onFailure, ...props }: StackDeploymentProps) {
    super(scope, id);
    const payload = { stackName: props.stackName, parameters: props.parameters };

    this.start = new FunctionState(this, `Deploy${qualifier}`, {
      lambdaFunction: functions.deploy,
      payload,
      resultPath: '$.deployment',
      timeout: Duration.minutes(1),
    });
    const check = new FunctionState(this, `Check${qualifier}Deployment`, {
      lambdaFunction: functions.checkDeployment,
      payload,
      resultPath: '$.deployment',
      timeout: Duration.minutes(1),
    });
    const wait = new sfn.Wait(this, `WaitFor${qualifier}Deployment`, {
      time: sfn.WaitTime.duration(Duration.seconds(30)),
    });

    // Another execution, or `cdk deploy`, is changing the stack: wait for up to an hour, which an endpoint may take.
    this.start.addRetry({ errors: ['StackBusy'], interval: Duration.seconds(60), maxAttempts: 60, backoffRate: 1 });
    // The very same model is in service already; what follows still has to agree.
    this.start.addCatch(check, { errors: ['NothingToDo'], resultPath: '$.deployment' });
    for (const state of [this.start, check]) {
      state.addCatch(onFailure, { errors: ['States.ALL'], resultPath: '$.failure' });
    }
    this.start
      .next(check)
      .next(
        new sfn.Choice(this, `${qualifier}DeploymentComplete`)
          .when(sfn.Condition.stringEquals('$.deployment.status', 'COMPLETE'), props.next)
          .otherwise(wait.next(check)),
      );
  }
}
