import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AtDestroy } from '../functions/at-destroy';
import { LambdaFunction } from '../functions/lambda-function';

export interface ExecutionStopProps {
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly logRetentionDays: RetentionDays;
}

/**
 * Stops the executions of a state machine, and so their jobs, before the stack deletes it, which waits for their end.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
 */
export class ExecutionStop extends Construct {
  constructor(scope: Construct, id: string, props: ExecutionStopProps) {
    super(scope, id);
    const { stateMachineArn, stateMachineName, logRetentionDays } = props;
    const lambdaFunction = new LambdaFunction(this, 'Function', {
      folder: 'stop-executions',
      description: 'Stops what is executed when the stack of its state machine is deleted.',
      environment: { STATE_MACHINE_ARN: stateMachineArn },
      timeout: Duration.minutes(15),
      logRetentionDays,
    });
    lambdaFunction.addToRolePolicy(
      new iam.PolicyStatement({ sid: 'ListRunning', actions: ['states:ListExecutions'], resources: [stateMachineArn] }),
    );
    lambdaFunction.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'StopRunning',
        actions: ['states:StopExecution'],
        resources: [
          Stack.of(this).formatArn({
            service: 'states',
            resource: 'execution',
            resourceName: `${stateMachineName}:*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      }),
    );
    // It needs the function, which needs the state machine's ARN: so it is deleted before that is.
    new AtDestroy(this, 'AtDestroy', lambdaFunction);
  }
}
