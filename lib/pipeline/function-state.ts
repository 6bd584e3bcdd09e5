import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

export interface FunctionStateProps {
  readonly lambdaFunction: lambda.IFunction;
  /** The function's event; keys that end in `.$` read the execution's state. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Where the function's result goes. @default - it becomes the whole state */
  readonly resultPath?: string;
  readonly timeout: Duration;
}

/** Faults of Lambda and of the network before it, which a second try mends. */
const TRANSIENT_FAULTS = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'SlowDown',
];

/** A state that runs one of the pipeline's functions, with a time limit and retries of what passes by itself. */
export class FunctionState extends LambdaInvoke {
  constructor(scope: Construct, id: string, props: FunctionStateProps) {
    super(scope, id, {
      lambdaFunction: props.lambdaFunction,
      payload: sfn.TaskInput.fromObject({ ...props.payload }),
      // The result alone, so that later states read `$.plan.gate` and not `$.plan.Payload.gate`.
      payloadResponseOnly: true,
      resultPath: props.resultPath,
      taskTimeout: sfn.Timeout.duration(props.timeout),
      retryOnServiceExceptions: false,
    });
    this.addRetry({
      errors: TRANSIENT_FAULTS,
      interval: Duration.seconds(2),
      maxAttempts: 5,
      backoffRate: 2,
      jitterStrategy: sfn.JitterType.FULL,
    });
  }
}
