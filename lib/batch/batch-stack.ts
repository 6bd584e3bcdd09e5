import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Configuration } from '../configuration/configuration';
import type { Names } from '../configuration/names';
import { Batch } from './batch';
import { BatchFunctions } from './batch-functions';
import { ClassificationJob } from './classification-job';

export interface BatchStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly names: Names;
  readonly dataBucket: s3.IBucket;
  readonly artifactsBucket: s3.IBucket;
}

/** The state machine that classifies whole tables, with its functions and its job. */
export class BatchStack extends Stack {
  readonly batch: Batch;

  constructor(
    scope: Construct,
    id: string,
    { configuration, names, dataBucket, artifactsBucket, ...props }: BatchStackProps,
  ) {
    super(scope, id, props);
    const bucketsOf = (kind: string, bucketNames: readonly string[]): s3.IBucket[] =>
      bucketNames.map((name) => s3.Bucket.fromBucketName(this, `${kind}-${name}`, name));
    const functions = new BatchFunctions(this, 'Functions', {
      configuration,
      dataBucket,
      artifactsBucket,
      readableBuckets: bucketsOf('Readable', configuration.dataset.readableBuckets),
      outputBuckets: bucketsOf('Output', configuration.batch.outputBuckets),
    });
    const job = new ClassificationJob(this, 'Classification', {
      configuration,
      jobNamePrefix: names.prefix,
      dataBucket,
      artifactsBucket,
    });
    this.batch = new Batch(this, 'Batch', {
      stateMachineName: names.batchStateMachine,
      instancePrices: configuration.training.instancePrices,
      functions,
      job,
      logRetentionDays: configuration.logRetentionDays,
    });
    new CfnOutput(this, 'BatchStateMachineArn', {
      description: 'Start an execution of it, with {"input": "s3://…", "output": "s3://…"}, to classify a table.',
      value: this.batch.stateMachine.stateMachineArn,
    });
  }
}
