import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CustomState } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { jsonata } from '../step-functions/jsonata';

export interface SageMakerJobStateProps {
  readonly kind: 'Training' | 'Processing';
  /** Jobs are called `<jobNamePrefix>-<uuid>`: names are unique in an account for ever. At most 26 characters. */
  readonly jobNamePrefix: string;
  readonly role: iam.IRole;
  /** What the state is for, as the console shows it. */
  readonly comment: string;
  /** The request of CreateTrainingJob or CreateProcessingJob without name and role, with JSONata where it reads variables. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly timeoutSeconds: number;
  /** Variables to assign when the job has completed, of what Describe… answers, `$states.result`. */
  readonly assign: Readonly<Record<string, unknown>>;
  /** What the state hands on. */
  readonly output: string;
}

/** Faults of the call, which a second try mends. A job that ran and failed is never repeated blindly. */
const TRANSIENT_FAULTS = ['SageMaker.AmazonSageMakerException', 'SageMaker.ThrottlingException', 'ThrottlingException'];

/**
 * A state that runs one SageMaker job and waits for its end (`createTrainingJob.sync`, `createProcessingJob.sync`).
 *
 * Written as the service's own request, for CDK's SageMakerCreateTrainingJob knows neither spot capacity nor checkpoints
 * nor hyperparameters as one object, and grants itself s3:GetObject on everything; and it has none for processing.
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
        Resource: `arn:${Aws.PARTITION}:states:::sagemaker:create${job.kind}Job.sync`,
        Arguments: {
          [`${job.kind}JobName`]: jsonata(`"${job.jobNamePrefix}-" & $uuid()`),
          RoleArn: job.role.roleArn,
          ...job.request,
        },
        Assign: job.assign,
        Output: job.output,
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

  /**
   * Lets the state machine run the job: what Step Functions' own documentation asks for `.sync`, for these jobs only.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/sagemaker-iam.html
   */
  grantRun(grantee: iam.IGrantable): void {
    const { kind, jobNamePrefix, role } = this.job;
    const stack = Stack.of(this);
    const jobs = stack.formatArn({
      service: 'sagemaker',
      resource: `${kind.toLowerCase()}-job`,
      resourceName: `${jobNamePrefix}-*`,
    });
    const rule = stack.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: `StepFunctionsGetEventsForSageMaker${kind}JobsRule`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const statements = [
      new iam.PolicyStatement({
        sid: `Run${this.node.id}`,
        actions: [
          'sagemaker:AddTags',
          `sagemaker:Create${kind}Job`,
          `sagemaker:Describe${kind}Job`,
          'sagemaker:ListTags',
          `sagemaker:Stop${kind}Job`,
        ],
        resources: [jobs],
      }),
      new iam.PolicyStatement({
        sid: `PassRoleOf${this.node.id}`,
        actions: ['iam:PassRole'],
        resources: [role.roleArn],
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
