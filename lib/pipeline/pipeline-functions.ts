import { ArnFormat, Duration, Size, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { IN_SERVICE_KEY } from '../../lambda/shared/in-service';
import type { ServingSettings } from '../../lambda/shared/serving-settings';
import type { Configuration } from '../configuration/configuration';
import { pythonOf } from '../configuration/serving-profile';
import { LambdaFunction } from '../functions/lambda-function';
import type { Names } from '../configuration/names';

export interface PipelineFunctionsProps {
  readonly configuration: Configuration;
  readonly names: Names;
  readonly dataBucket: s3.IBucket;
  readonly artifactsBucket: s3.IBucket;
  /** Other buckets that datasets, base models and artifacts may be in. */
  readonly readableBuckets: readonly s3.IBucket[];
  /** The s3:// URL of the training code. */
  readonly sourceUri: string;
  /** The role that CloudFormation changes the serving stacks under. */
  readonly servingDeploymentRole: iam.IRole;
}

/** The state machine's Lambda functions, each with the least that it needs. */
export class PipelineFunctions extends Construct {
  readonly plan: LambdaFunction;
  readonly prepareDataset: LambdaFunction;
  readonly chooseCandidate: LambdaFunction;
  readonly writeReport: LambdaFunction;
  readonly qualityGate: LambdaFunction;
  readonly deploy: LambdaFunction;
  readonly checkDeployment: LambdaFunction;
  readonly smokeTest: LambdaFunction;
  readonly explainFailure: LambdaFunction;

  constructor(scope: Construct, id: string, props: PipelineFunctionsProps) {
    super(scope, id);
    const { configuration, names, dataBucket, artifactsBucket, servingDeploymentRole } = props;
    const { serving } = configuration;
    const stack = Stack.of(this);
    const logRetentionDays = configuration.logRetentionDays;
    const servingSettings = JSON.stringify({
      profile: serving.profile,
      untraceableModel: serving.profile === 'elastic-inference' ? serving.untraceableModel : null,
      memorySizeInMb: serving.profile === 'serverless' ? serving.memorySizeInMb : null,
      python: pythonOf(serving.imageTag),
    } satisfies ServingSettings);

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
    const stateMachineArn = stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: names.stateMachine,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.plan = new LambdaFunction(this, 'Plan', {
      folder: 'plan',
      description: 'Checks the execution input and writes the plan that all later states read.',
      environment: {
        SERVING: servingSettings,
        DATA_BUCKET: dataBucket.bucketName,
        ARTIFACTS_BUCKET: artifactsBucket.bucketName,
        SOURCE_URI: props.sourceUri,
        SERVING_STACK_NAME: names.servingStack,
        STATE_MACHINE_ARN: stateMachineArn,
      },
      logRetentionDays,
    });
    // To see a base model's architecture, and what was in service last, before anything is spent.
    for (const bucket of [dataBucket, ...props.readableBuckets]) {
      bucket.grantRead(this.plan);
    }
    artifactsBucket.grantRead(this.plan, IN_SERVICE_KEY);
    this.plan.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'SeeOtherExecutions',
        actions: ['states:DescribeExecution', 'states:ListExecutions'],
        resources: [
          stateMachineArn,
          stack.formatArn({
            service: 'states',
            resource: 'execution',
            resourceName: `${names.stateMachine}:*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      }),
    );

    this.plan.addToRolePolicy(describeServingStacks());

    this.prepareDataset = new LambdaFunction(this, 'PrepareDataset', {
      folder: 'prepare-dataset',
      description: 'Reads the labeled sentences, drops duplicates, splits them and writes both sides to S3.',
      timeout: Duration.minutes(15),
      memorySize: 1769,
      // A zip, and the texts in it as they wait for their side: 2 GiB each.
      ephemeralStorageSize: Size.gibibytes(5),
      logRetentionDays,
    });
    dataBucket.grantRead(this.prepareDataset);
    dataBucket.grantPut(this.prepareDataset, 'datasets/*');
    for (const bucket of props.readableBuckets) {
      bucket.grantRead(this.prepareDataset);
    }

    this.chooseCandidate = new LambdaFunction(this, 'ChooseCandidate', {
      folder: 'choose-candidate',
      description: 'Compares candidates by their validation metrics, and takes the best.',
      logRetentionDays,
    });

    this.writeReport = new LambdaFunction(this, 'WriteReport', {
      folder: 'write-report',
      description: 'Draws the report of a training, good or bad, and puts it beside the model.',
      environment: { ARTIFACTS_BUCKET: artifactsBucket.bucketName },
      timeout: Duration.minutes(2),
      memorySize: 1769,
      logRetentionDays,
    });
    // What the job says of the model, and the model before.
    artifactsBucket.grantRead(this.writeReport, 'training/*');
    artifactsBucket.grantRead(this.writeReport, IN_SERVICE_KEY);
    artifactsBucket.grantPut(this.writeReport, 'training/*');

    this.qualityGate = new LambdaFunction(this, 'QualityGate', {
      folder: 'quality-gate',
      description: "Reads the metrics in a model's artifact and stores a good one under the hash of its content.",
      environment: { ARTIFACTS_BUCKET: artifactsBucket.bucketName, SERVING: servingSettings },
      timeout: Duration.minutes(15),
      memorySize: 1769,
      logRetentionDays,
    });
    artifactsBucket.grantRead(this.qualityGate);
    // An artifact to deploy may be where datasets and base models may.
    for (const bucket of [dataBucket, ...props.readableBuckets]) {
      bucket.grantRead(this.qualityGate);
    }
    artifactsBucket.grantPut(this.qualityGate, 'models/*');

    this.deploy = new LambdaFunction(this, 'Deploy', {
      folder: 'deploy',
      description: 'Sets the model that a serving stack serves.',
      environment: { CLOUDFORMATION_ROLE_ARN: servingDeploymentRole.roleArn },
      logRetentionDays,
    });
    this.deploy.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'UpdateServingStacks',
        actions: ['cloudformation:UpdateStack'],
        resources: servingStackArns,
        // Whatever template an update carries, it can do no more than this role may.
        conditions: { StringEquals: { 'cloudformation:RoleArn': servingDeploymentRole.roleArn } },
      }),
    );
    this.deploy.addToRolePolicy(describeServingStacks());
    this.deploy.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'PassServingDeploymentRole',
        actions: ['iam:PassRole'],
        resources: [servingDeploymentRole.roleArn],
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
    // What a stored model must answer.
    artifactsBucket.grantRead(this.smokeTest, 'models/*');
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
