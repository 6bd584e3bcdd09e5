import { Duration, Size } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { BATCH_FOLDER } from '../../lambda/shared/batch';
import { IN_SERVICE_KEY } from '../../lambda/shared/in-service';
import type { Configuration } from '../configuration/configuration';
import { LambdaFunction } from '../functions/lambda-function';

/** In MB: the most that a new AWS account may have (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const MEMORY_SIZE = 3008;

export interface BatchFunctionsProps {
  readonly configuration: Configuration;
  readonly dataBucket: s3.IBucket;
  readonly artifactsBucket: s3.IBucket;
  /** Other buckets that inputs and models may be in. */
  readonly readableBuckets: readonly s3.IBucket[];
  /** Other buckets that results may go to. */
  readonly outputBuckets: readonly s3.IBucket[];
}

/** The Lambda functions of the batch state machine, each with the least that it needs. */
export class BatchFunctions extends Construct {
  readonly planBatch: LambdaFunction;
  readonly cutInput: LambdaFunction;
  readonly priceBatch: LambdaFunction;
  readonly mergeResults: LambdaFunction;
  readonly writeManifest: LambdaFunction;
  readonly explainFailure: LambdaFunction;

  constructor(scope: Construct, id: string, props: BatchFunctionsProps) {
    super(scope, id);
    const { configuration, dataBucket, artifactsBucket, readableBuckets } = props;
    const { batch, logRetentionDays } = configuration;
    const ownObjects = `${BATCH_FOLDER}/*`;
    // Wherever in them an execution asks for its results.
    const outputBuckets = [dataBucket, ...props.outputBuckets];

    this.planBatch = new LambdaFunction(this, 'PlanBatch', {
      folder: 'plan-batch',
      description: 'Checks the input of a batch, pins its model, and writes down what is to be done.',
      environment: {
        DATA_BUCKET: dataBucket.bucketName,
        ARTIFACTS_BUCKET: artifactsBucket.bucketName,
        DEFAULTS: JSON.stringify({
          instanceType: batch.instanceType,
          instanceCount: batch.instanceCount,
          maxCostUsd: batch.maxCostUsd,
        }),
      },
      // It reads the model's archive.
      timeout: Duration.minutes(15),
      memorySize: 1769,
      logRetentionDays,
    });
    artifactsBucket.grantRead(this.planBatch);
    artifactsBucket.grantRead(this.planBatch, IN_SERVICE_KEY);

    this.cutInput = new LambdaFunction(this, 'CutInput', {
      folder: 'cut-input',
      description: 'Cuts an input file of a batch into parts for its job.',
      timeout: Duration.minutes(15),
      memorySize: MEMORY_SIZE,
      // A Parquet file, of at most 2 GB.
      ephemeralStorageSize: Size.gibibytes(3),
      logRetentionDays,
    });
    for (const bucket of [dataBucket, ...readableBuckets]) {
      bucket.grantRead(this.planBatch);
      bucket.grantRead(this.cutInput);
    }
    dataBucket.grantPut(this.cutInput, ownObjects);

    this.priceBatch = new LambdaFunction(this, 'PriceBatch', {
      folder: 'price-batch',
      description: 'Says what is left of a batch to classify, what that takes and what it costs.',
      logRetentionDays,
    });
    dataBucket.grantRead(this.priceBatch, ownObjects);
    dataBucket.grantPut(this.priceBatch, ownObjects);

    this.mergeResults = new LambdaFunction(this, 'MergeResults', {
      folder: 'merge-results',
      description: 'Writes the results of an input file of a batch from the answers to its parts.',
      timeout: Duration.minutes(15),
      memorySize: MEMORY_SIZE,
      ephemeralStorageSize: Size.gibibytes(3),
      logRetentionDays,
    });
    this.writeManifest = new LambdaFunction(this, 'WriteManifest', {
      folder: 'write-manifest',
      description: 'Writes the manifest of a batch once all of its results are there.',
      timeout: Duration.minutes(1),
      logRetentionDays,
    });
    dataBucket.grantRead(this.mergeResults, ownObjects);
    dataBucket.grantRead(this.writeManifest, ownObjects);
    for (const bucket of outputBuckets) {
      bucket.grantRead(this.planBatch);
      // Whether results are still as a former execution wrote them: to look at an object is to read it, as IAM has it.
      bucket.grantRead(this.mergeResults);
      for (const lambdaFunction of [this.planBatch, this.mergeResults, this.writeManifest]) {
        bucket.grantPut(lambdaFunction);
      }
    }

    this.explainFailure = new LambdaFunction(this, 'ExplainFailure', {
      folder: 'explain-failure',
      description: 'Says in which state an execution failed, why, and what to do.',
      logRetentionDays,
    });
  }
}
