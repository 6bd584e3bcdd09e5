import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Configuration } from './configuration';

export interface TrainingJobStateProps {
  readonly configuration: Configuration['training'];
  /** Jobs are called `<jobNamePrefix>-<uuid>`: names are unique in an account for ever. At most 26 characters. */
  readonly jobNamePrefix: string;
  readonly imageUri: string;
  readonly role: iam.IRole;
}

/** What train.py prints once per epoch, as CloudWatch metrics of the training job. */
const METRIC_DEFINITIONS = [
  { Name: 'train:loss', Regex: 'epoch=.* train_loss=([0-9.]+)' },
  { Name: 'test:loss', Regex: 'test_loss=([0-9.]+)' },
  { Name: 'test:accuracy', Regex: 'test_accuracy=([0-9.]+)' },
  { Name: 'test:matthews_correlation', Regex: 'test_matthews_correlation=(-?[0-9.]+)' },
  { Name: 'test:macro_f1', Regex: 'test_macro_f1=([0-9.]+)' },
];

/** Faults of the call, which a second try mends. A job that ran and failed is never repeated blindly. */
const TRANSIENT_FAULTS = ['SageMaker.AmazonSageMakerException', 'SageMaker.ThrottlingException', 'ThrottlingException'];

/**
 * The state that runs one SageMaker training job and waits for its end (`createTrainingJob.sync`).
 *
 * Written as the service's own request, for CDK's SageMakerCreateTrainingJob knows neither spot capacity nor checkpoints
 * nor hyperparameters as one object, and grants itself s3:GetObject on everything.
 *
 * Reads `$.plan.training` (see lambda/plan), writes `$.training` = `{"modelDataUrl", "trainingJobName", "seconds"}`.
 */
export class TrainingJobState extends Construct {
  readonly stateJson: Record<string, unknown>;
  readonly timeoutSeconds: number;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: TrainingJobStateProps,
  ) {
    super(scope, id);
    const { useSpotInstances, maxRuntimeInSeconds, maxWaitTimeInSeconds, volumeSizeInGb } = props.configuration;

    // The job's own limit must strike first, so that the reason is the job's; starting and uploading take minutes.
    this.timeoutSeconds = (useSpotInstances ? maxWaitTimeInSeconds : maxRuntimeInSeconds) + 900;
    this.stateJson = {
      Type: 'Task',
      Resource: `arn:${Aws.PARTITION}:states:::sagemaker:createTrainingJob.sync`,
      Parameters: {
        'TrainingJobName.$': `States.Format('${props.jobNamePrefix}-{}', States.UUID())`,
        AlgorithmSpecification: {
          TrainingImage: props.imageUri,
          TrainingInputMode: 'File',
          MetricDefinitions: METRIC_DEFINITIONS,
        },
        RoleArn: props.role.roleArn,
        'HyperParameters.$': '$.plan.training.hyperParameters',
        'InputDataConfig.$': '$.plan.training.inputDataConfig',
        OutputDataConfig: { 'S3OutputPath.$': '$.plan.training.outputUri' },
        ResourceConfig: {
          'InstanceType.$': '$.plan.training.instanceType',
          'InstanceCount.$': '$.plan.training.instanceCount',
          VolumeSizeInGB: volumeSizeInGb,
        },
        StoppingCondition: {
          MaxRuntimeInSeconds: maxRuntimeInSeconds,
          ...(useSpotInstances ? { MaxWaitTimeInSeconds: maxWaitTimeInSeconds } : {}),
        },
        ...(useSpotInstances
          ? {
              EnableManagedSpotTraining: true,
              CheckpointConfig: { 'S3Uri.$': "States.Format('{}/checkpoints', $.plan.dataset.outputUri)" },
            }
          : {}),
      },
      ResultSelector: {
        'modelDataUrl.$': '$.ModelArtifacts.S3ModelArtifacts',
        'trainingJobName.$': '$.TrainingJobName',
        'seconds.$': '$.TrainingTimeInSeconds',
      },
      ResultPath: '$.training',
      TimeoutSeconds: this.timeoutSeconds,
      Retry: [
        {
          ErrorEquals: TRANSIENT_FAULTS,
          IntervalSeconds: 5,
          MaxAttempts: 3,
          BackoffRate: 2,
          JitterStrategy: 'FULL',
        },
      ],
    };
  }

  /** Lets the state machine run the job: what Step Functions' own documentation asks for `.sync`, for these jobs only. */
  grantRun(grantee: iam.IGrantable): void {
    const stack = Stack.of(this);
    const jobs = stack.formatArn({
      service: 'sagemaker',
      resource: 'training-job',
      resourceName: `${this.props.jobNamePrefix}-*`,
    });
    const rule = stack.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: 'StepFunctionsGetEventsForSageMakerTrainingJobsRule',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const statements = [
      new iam.PolicyStatement({
        sid: 'RunTrainingJob',
        actions: [
          'sagemaker:AddTags',
          'sagemaker:CreateTrainingJob',
          'sagemaker:DescribeTrainingJob',
          'sagemaker:ListTags',
          'sagemaker:StopTrainingJob',
        ],
        resources: [jobs],
      }),
      new iam.PolicyStatement({
        sid: 'PassTrainingRole',
        actions: ['iam:PassRole'],
        resources: [this.props.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
      new iam.PolicyStatement({
        sid: 'HearOfTheJobsEnd',
        actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
        resources: [rule],
      }),
    ];
    for (const statement of statements) {
      grantee.grantPrincipal.addToPrincipalPolicy(statement);
    }
  }
}
