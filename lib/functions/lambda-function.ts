import { Duration, RemovalPolicy, type Size } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { functionCode, SOURCE_MAPS } from './function-code';

export interface LambdaFunctionProps {
  /** The folder under lambda/ whose index.ts exports `handler`. */
  readonly folder: string;
  readonly description: string;
  /** Files that the function reads beside itself, by name. @default - none */
  readonly files?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 30 seconds */
  readonly timeout?: Duration;
  /** MiB; 1769 is one whole virtual CPU. @default 512 */
  readonly memorySize?: number;
  /** Of /tmp. @default 512 MiB */
  readonly ephemeralStorageSize?: Size;
  readonly logRetentionDays: logs.RetentionDays;
}

/**
 * One of the functions under lambda/: bundled by esbuild together with its AWS SDK clients, which loads faster than the
 * runtime's own SDK and is what the tests ran, and with a log group that goes with the stack.
 */
export class LambdaFunction extends lambda.Function {
  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id, {
      description: props.description,
      code: functionCode(props.folder, props.files),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(30),
      ephemeralStorageSize: props.ephemeralStorageSize,
      environment: { NODE_OPTIONS: SOURCE_MAPS, ...props.environment },
      logGroup: new logs.LogGroup(scope, `${id}Log`, {
        retention: props.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
  }
}
