import { Aws, DefaultStackSynthesizer, Duration, Size, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { IN_SERVICE_KEY } from '../../lambda/shared/in-service';
import type { ServingSettings } from '../../lambda/shared/serving-settings';
import type { Configuration } from '../configuration/configuration';
import { LambdaFunction } from '../functions/lambda-function';
import type { Names } from '../configuration/names';

export interface PipelineFunctionsProps {
  readonly configuration: Configuration;
  readonly names: Names;
  readonly dataBucket: s3.IBucket;
  readonly artifactsBucket: s3.IBucket;
  /** Other buckets that datasets may be in. */
  readonly readableBuckets: readonly s3.IBucket[];
  /** The s3:// URL of the training code. */
  readonly sourceUri: string;
}

/** The state machine's Lambda functions, each with the least that it needs. */
export class PipelineFunctions extends Construct {
  readonly plan: LambdaFunction;
  readonly prepareDataset: LambdaFunction;
  readonly qualityGate: LambdaFunction;
  readonly deploy: LambdaFunction;
  readonly checkDeployment: LambdaFunction;
  readonly smokeTest: LambdaFunction;
  readonly explainFailure: LambdaFunction;

  constructor(scope: Construct, id: string, props: PipelineFunctionsProps) {
    super(scope, id);
    const { configuration, names, dataBucket, artifactsBucket } = props;
    const { dataset, training, gate, serving } = configuration;
    const stack = Stack.of(this);
    const logRetentionDays = configuration.logRetentionDays;
    const servingSettings = JSON.stringify({
      profile: serving.profile,
      untraceableModel: serving.profile === 'elastic-inference' ? serving.untraceableModel : null,
      memorySizeInMb: serving.profile === 'serverless' ? serving.memorySizeInMb : null,
    } satisfies ServingSettings);

    this.plan = new LambdaFunction(this, 'Plan', {
      folder: 'plan',
      description: 'Checks the execution input and writes the plan that all later states read.',
      environment: {
        DEFAULTS: JSON.stringify({
          dataset: {
            source: dataset.source,
            textColumn: dataset.textColumn,
            labelColumn: dataset.labelColumn,
            testFraction: dataset.testFraction,
          },
          training: {
            baseModel: training.baseModel,
            epochs: training.epochs,
            batchSize: training.batchSize,
            learningRate: training.learningRate,
            maxLength: training.maxLength,
            warmupRatio: training.warmupRatio,
            weightDecay: training.weightDecay,
            seed: training.seed,
            instanceType: training.instanceType,
            instanceCount: training.instanceCount,
          },
          gate,
          serving: { accelerator: serving.profile === 'elastic-inference' ? serving.accelerator : 'none' },
        }),
        SERVING: servingSettings,
        DATA_BUCKET: dataBucket.bucketName,
        ARTIFACTS_BUCKET: artifactsBucket.bucketName,
        SOURCE_URI: props.sourceUri,
      },
      logRetentionDays,
    });
    // To see a base model's architecture, and what was in service last, before anything is spent.
    for (const bucket of [dataBucket, ...props.readableBuckets]) {
      bucket.grantRead(this.plan);
    }
    artifactsBucket.grantRead(this.plan, IN_SERVICE_KEY);

    this.prepareDataset = new LambdaFunction(this, 'PrepareDataset', {
      folder: 'prepare-dataset',
      description: 'Reads the labeled sentences, drops duplicates, splits them and writes both sides to S3.',
      timeout: Duration.minutes(15),
      memorySize: 1769,
      ephemeralStorageSize: Size.gibibytes(4),
      logRetentionDays,
    });
    dataBucket.grantRead(this.prepareDataset);
    dataBucket.grantPut(this.prepareDataset, 'datasets/*');
    for (const bucket of props.readableBuckets) {
      bucket.grantRead(this.prepareDataset);
    }

    this.qualityGate = new LambdaFunction(this, 'QualityGate', {
      folder: 'quality-gate',
      description: "Reads the metrics in a model's artifact and stores a good one under the hash of its content.",
      environment: { ARTIFACTS_BUCKET: artifactsBucket.bucketName, SERVING: servingSettings },
      timeout: Duration.minutes(15),
      memorySize: 1769,
      logRetentionDays,
    });
    artifactsBucket.grantRead(this.qualityGate);
    artifactsBucket.grantPut(this.qualityGate, 'models/*');

    const servingStackArns = [names.servingStack, names.servingAcceleratedStack].map((name) =>
      stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${name}/*` }),
    );
    const describeServingStacks = () =>
      new iam.PolicyStatement({
        sid: 'DescribeServingStacks',
        actions: [
          'cloudformation:DescribeEvents',
          'cloudformation:DescribeStackEvents',
          'cloudformation:DescribeStacks',
        ],
        resources: servingStackArns,
      });
    this.deploy = new LambdaFunction(this, 'Deploy', {
      folder: 'deploy',
      description: 'Sets the model that a serving stack serves.',
      logRetentionDays,
    });
    this.deploy.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'UpdateServingStacks',
        actions: ['cloudformation:UpdateStack'],
        resources: servingStackArns,
        // CloudFormation's own role is mighty, so only the template that is there already may be used.
        conditions: { Null: { 'cloudformation:TemplateUrl': 'true' } },
      }),
    );
    this.deploy.addToRolePolicy(describeServingStacks());
    this.deploy.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'LetCloudFormationUseItsRole',
        actions: ['iam:PassRole'],
        resources: [
          `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/cdk-${DefaultStackSynthesizer.DEFAULT_QUALIFIER}-cfn-exec-role-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
        ],
        conditions: { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } },
      }),
    );

    this.checkDeployment = new LambdaFunction(this, 'CheckDeployment', {
      folder: 'check-deployment',
      description: "Tells whether a serving stack's update is through, and a rollback from a success.",
      logRetentionDays,
    });
    this.checkDeployment.addToRolePolicy(describeServingStacks());

    this.smokeTest = new LambdaFunction(this, 'SmokeTest', {
      folder: 'smoke-test',
      description: 'Checks that the endpoint runs on the intended configuration and model, and that it answers.',
      environment: { ENDPOINT_NAME: names.endpoint },
      timeout: Duration.minutes(2),
      logRetentionDays,
    });
    this.smokeTest.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'AskEndpoint',
        actions: ['sagemaker:DescribeEndpoint', 'sagemaker:InvokeEndpoint'],
        resources: [stack.formatArn({ service: 'sagemaker', resource: 'endpoint', resourceName: names.endpoint })],
      }),
    );
    this.smokeTest.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'DescribeWhatServes',
        actions: ['sagemaker:DescribeEndpointConfig', 'sagemaker:DescribeModel'],
        // CloudFormation generates the names of both.
        resources: ['endpoint-config', 'model'].map((resource) =>
          stack.formatArn({ service: 'sagemaker', resource, resourceName: '*' }),
        ),
      }),
    );

    this.explainFailure = new LambdaFunction(this, 'ExplainFailure', {
      folder: 'explain-failure',
      description: 'Says in which state an execution failed, why, and what to do.',
      logRetentionDays,
    });
  }
}
