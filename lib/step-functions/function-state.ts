import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

export interface FunctionStateProps {
  readonly lambdaFunction: lambda.IFunction;
  /** What the state is for, as the console shows it. */
  readonly comment: string;
  /** The function's event, with JSONata where it reads variables. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Variables that the function's result, `$states.result`, is kept in. @default - none */
  readonly assign?: Readonly<Record<string, unknown>>;
  readonly timeout: Duration;
}

/** Faults of Lambda and of the network before it, which a second try mends. */
const TRANSIENT_FAULTS = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'SlowDown',
];

/** Lambda has no room for one more at once: an account starts with 10, for all of its functions together. */
const THROTTLED = 'Lambda.TooManyRequestsException';

/** A state that runs one of the pipeline's functions, with a time limit and retries of what passes by itself. */
export class FunctionState extends LambdaInvoke {
  constructor(scope: Construct, id: string, props: FunctionStateProps) {
    super(scope, id, {
      queryLanguage: sfn.QueryLanguage.JSONATA,
      lambdaFunction: props.lambdaFunction,
      comment: props.comment,
      payload: sfn.TaskInput.fromObject({ ...props.payload }),
      // The result alone: `$states.result.gate` and not `$states.result.Payload.gate`.
      payloadResponseOnly: true,
      assign: props.assign,
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
    // Until others have ended, each of which may take 15 minutes: for an hour, as half of each wait is left to chance.
    this.addRetry({
      errors: [THROTTLED],
      interval: Duration.seconds(2),
      maxDelay: Duration.minutes(4),
      maxAttempts: 36,
      backoffRate: 2,
      jitterStrategy: sfn.JitterType.FULL,
    });
  }
}
