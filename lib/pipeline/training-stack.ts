import { ArnFormat, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { AcceleratorFunctions } from './accelerator-functions';
import type { Configuration } from '../configuration/configuration';
import { configuredDefaults } from './configured-defaults';
import type { Names } from '../configuration/names';
import { FailureNotification } from './failure-notification';
import { ModelRetirement } from './model-retirement';
import { NotificationTopic } from './notification-topic';
import { Pipeline, type PipelineProps } from './pipeline';
import { PipelineFunctions } from './pipeline-functions';
import { TracingJob } from './tracing-job';
import { TrainingJob } from './training-job';

export interface TrainingStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly names: Names;
  readonly dataBucket: s3.IBucket;
  readonly artifactsBucket: s3.IBucket;
  /** The role that models are served under. */
  readonly servingRole: iam.IRole;
  /** The role that CloudFormation changes the serving stacks under. */
  readonly servingDeploymentRole: iam.IRole;
}

/** The pipeline: the state machine, its functions, and its jobs. */
export class TrainingStack extends Stack {
  readonly pipeline: Pipeline;
  /** Hears of failed executions, of alarms, and when AWS refuses the accelerator. */
  readonly notificationTopic: sns.ITopic;

  constructor(scope: Construct, id: string, props: TrainingStackProps) {
    super(scope, id, props);
    const { configuration, names, dataBucket, artifactsBucket } = props;
    const { logRetentionDays } = configuration;

    const readableBuckets = configuration.dataset.readableBuckets.map((name) =>
      s3.Bucket.fromBucketName(this, `Readable-${name}`, name),
    );
    const training = new TrainingJob(this, 'Training', {
      configuration,
      jobNamePrefix: names.prefix,
      dataBucket,
      artifactsBucket,
      readableBuckets,
    });
    const functions = new PipelineFunctions(this, 'Functions', {
      configuration,
      names,
      dataBucket,
      artifactsBucket,
      readableBuckets,
      sourceUri: training.sourceUri,
      servingDeploymentRole: props.servingDeploymentRole,
    });
    const { topic } = new NotificationTopic(this, 'Notifications', {
      topicName: names.notificationTopic,
      emails: configuration.notifications.emails,
    });
    this.notificationTopic = topic;
    const retirement = new ModelRetirement(this, 'ModelRetirement', { names, logRetentionDays });
    this.pipeline = new Pipeline(this, 'Pipeline', {
      names,
      defaults: configuredDefaults(configuration),
      functions,
      retireModels: retirement.lambdaFunction,
      training,
      artifactsBucket,
      ...this.servingRoad(props, topic),
      logRetentionDays,
    });
    this.pipeline.stateMachine.node.addDependency(retirement.customResource);

    const batchStateMachineArn = this.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: names.batchStateMachine,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    new FailureNotification(this, 'FailureNotification', {
      stateMachineArns: [this.pipeline.stateMachine.stateMachineArn, batchStateMachineArn],
      topic,
    });

    new CfnOutput(this, 'NotificationTopicArn', {
      description: 'Subscribe to it to hear of failed executions, of alarms, and when AWS refuses the accelerator.',
      value: topic.topicArn,
    });
    new CfnOutput(this, 'StateMachineArn', {
      description: 'Start an execution of it, with {} as input, to train and deploy.',
      value: this.pipeline.stateMachine.stateMachineArn,
    });
    new CfnOutput(this, 'ArtifactsBucketName', {
      description: 'Artifacts of trained models; put one of your own here to deploy it.',
      value: artifactsBucket.bucketName,
    });
    new CfnOutput(this, 'DataBucketName', {
      description: 'Put datasets and base models of your own here, not under datasets/, which expires.',
      value: dataBucket.bucketName,
    });
  }

  /** Elastic Inference is tried on the way to a CPU; every other profile is what it is. */
  private servingRoad(
    { configuration, names, artifactsBucket, servingRole }: TrainingStackProps,
    topic: sns.ITopic,
  ): Pick<PipelineProps, 'profile' | 'accelerator'> {
    const { serving, images, logRetentionDays } = configuration;
    if (serving.profile !== 'elastic-inference') {
      return { profile: serving.profile };
    }
    const { registryAccount } = images;
    return {
      profile: 'cpu',
      accelerator: {
        topic,
        functions: new AcceleratorFunctions(this, 'AcceleratorFunctions', {
          serving,
          names,
          servingRole,
          registryAccount,
          logRetentionDays,
        }),
        tracing: new TracingJob(this, 'Tracing', {
          serving,
          jobNamePrefix: names.prefix,
          artifactsBucket,
          registryAccount,
        }),
      },
    };
  }
}
