import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CustomState } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { jsonata } from './jsonata';

export interface SageMakerJobStateProps {
  /** Jobs are called `<jobNamePrefix>-<uuid>`: names are unique in an account for ever. At most 26 characters. */
  readonly jobNamePrefix: string;
  readonly role: iam.IRole;
  /** What the state is for, as the console shows it. */
  readonly comment: string;
  /** CreateTrainingJob's request without name and role, with JSONata where it reads variables. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly timeoutSeconds: number;
  /** Variables to assign when the job has completed. @default - `$artifact`, the s3:// URL of the archive that it leaves */
  readonly assign?: Readonly<Record<string, unknown>>;
  /** What the state hands on. @default - the job's name and seconds */
  readonly output?: string;
}

/** Faults of the call, which a second try mends. A job that ran and failed is never repeated blindly. */
const TRANSIENT_FAULTS = ['SageMaker.AmazonSageMakerException', 'SageMaker.ThrottlingException', 'ThrottlingException'];

/**
 * A state that runs one SageMaker training job and waits for its end (`createTrainingJob.sync`).
 *
 * Written as the service's own request, for CDK's SageMakerCreateTrainingJob knows neither spot capacity nor checkpoints
 * nor hyperparameters as one object, and grants itself s3:GetObject on everything.
 */
export class SageMakerJobState extends CustomState {
  constructor(
    scope: Construct,
    id: string,
    private readonly job: SageMakerJobStateProps,
  ) {
    super(scope, id, {
      stateJson: {
        Type: 'Task',
        Comment: job.comment,
        Resource: `arn:${Aws.PARTITION}:states:::sagemaker:createTrainingJob.sync`,
        Arguments: {
          TrainingJobName: jsonata(`"${job.jobNamePrefix}-" & $uuid()`),
          RoleArn: job.role.roleArn,
          ...job.request,
        },
        Assign: job.assign ?? { artifact: jsonata('$states.result.ModelArtifacts.S3ModelArtifacts') },
        Output:
          job.output ??
          jsonata(
            '{"trainingJobName": $states.result.TrainingJobName, "seconds": $states.result.TrainingTimeInSeconds}',
          ),
        TimeoutSeconds: job.timeoutSeconds,
        Retry: [
          {
            ErrorEquals: TRANSIENT_FAULTS,
            IntervalSeconds: 5,
            MaxAttempts: 3,
            BackoffRate: 2,
            JitterStrategy: 'FULL',
          },
        ],
      },
    });
  }

  /** Lets the state machine run the job: what Step Functions' own documentation asks for `.sync`, for these jobs only. */
  grantRun(grantee: iam.IGrantable): void {
    const stack = Stack.of(this);
    const jobs = stack.formatArn({
      service: 'sagemaker',
      resource: 'training-job',
      resourceName: `${this.job.jobNamePrefix}-*`,
    });
    const rule = stack.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: 'StepFunctionsGetEventsForSageMakerTrainingJobsRule',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const statements = [
      new iam.PolicyStatement({
        sid: `Run${this.node.id}`,
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
        sid: `PassRoleOf${this.node.id}`,
        actions: ['iam:PassRole'],
        resources: [this.job.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
      new iam.PolicyStatement({
        sid: `HearOfTheEndOf${this.node.id}`,
        actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
        resources: [rule],
      }),
    ];
    for (const statement of statements) {
      grantee.grantPrincipal.addToPrincipalPolicy(statement);
    }
  }
}
