import { join } from 'node:path';
import { Duration, RemovalPolicy, type Size } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface LambdaFunctionProps {
  /** The folder under lambda/ whose index.ts exports `handler`. */
  readonly folder: string;
  readonly description: string;
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
export class LambdaFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id, {
      description: props.description,
      entry: join(__dirname, '..', 'lambda', props.folder, 'index.ts'),
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(30),
      ephemeralStorageSize: props.ephemeralStorageSize,
      environment: { ...props.environment },
      bundling: {
        format: OutputFormat.CJS,
        target: 'node22',
        minify: true,
        bundleAwsSDK: true,
        // The packages' ES modules, of which esbuild can leave out what is not used.
        mainFields: ['module', 'main'],
        logLevel: LogLevel.WARNING,
      },
      // One connection is reused without a setting since version 3 of the SDK.
      awsSdkConnectionReuse: false,
      logGroup: new logs.LogGroup(scope, `${id}Log`, {
        retention: props.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
  }
}
