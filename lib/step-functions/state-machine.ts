import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ExecutionStop } from './execution-stop';

export interface StateMachineProps {
  readonly name: string;
  /** What it is for, as the console shows it. */
  readonly comment: string;
  readonly definition: sfn.IChainable;
  readonly timeout: Duration;
  readonly logRetentionDays: logs.RetentionDays;
}

/** A state machine in JSONata that is traced, logs errors only, and goes with its stack, whatever is executed. */
export class StateMachine extends sfn.StateMachine {
  constructor(scope: Construct, id: string, props: StateMachineProps) {
    super(scope, id, {
      stateMachineName: props.name,
      queryLanguage: sfn.QueryLanguage.JSONATA,
      comment: props.comment,
      definitionBody: sfn.DefinitionBody.fromChainable(props.definition),
      timeout: props.timeout,
      tracingEnabled: true,
      logs: {
        // Errors only, and never the data: inputs may carry a team's sentences.
        level: sfn.LogLevel.ERROR,
        includeExecutionData: false,
        destination: new logs.LogGroup(scope, 'Log', {
          logGroupName: `/aws/vendedlogs/states/${props.name}`,
          retention: props.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    new ExecutionStop(this, 'ExecutionStop', {
      stateMachineArn: this.stateMachineArn,
      stateMachineName: props.name,
      logRetentionDays: props.logRetentionDays,
    });
  }
}
