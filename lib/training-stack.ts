import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Configuration } from './configuration';
import { ContainerImage } from './container-image';
import type { Names } from './names';
import { Pipeline } from './pipeline';
import { PipelineFunctions } from './pipeline-functions';
import { SageMakerRole } from './sagemaker-role';
import { TrainingJobState } from './training-job-state';
import { TrainingSource } from './training-source';

export interface TrainingStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly names: Names;
  readonly dataBucket: s3.IBucket;
  readonly artifactsBucket: s3.IBucket;
}

/** The pipeline: the state machine, its functions, and the role that training jobs run under. */
export class TrainingStack extends Stack {
  readonly pipeline: Pipeline;

  constructor(scope: Construct, id: string, props: TrainingStackProps) {
    super(scope, id, props);
    const { configuration, names, dataBucket, artifactsBucket } = props;

    const source = new TrainingSource(this, 'Source');
    const repositoryName = 'huggingface-pytorch-training';
    const role = new SageMakerRole(this, 'TrainingRole', {
      description:
        'What a training job may do: read dataset and code, write its artifact, pull its image, write its log.',
      repositoryNames: [repositoryName],
      registryAccount: configuration.images.registryAccount,
      logGroupName: '/aws/sagemaker/TrainingJobs',
    });
    source.grantRead(role);
    dataBucket.grantRead(role);
    artifactsBucket.grantPut(role, 'training/*');
    if (configuration.training.useSpotInstances) {
      dataBucket.grantReadWrite(role, 'datasets/*/checkpoints/*');
    }

    const readableBuckets = configuration.dataset.readableBuckets.map((name) =>
      s3.Bucket.fromBucketName(this, `Readable-${name}`, name),
    );
    for (const bucket of readableBuckets) {
      bucket.grantRead(role);
    }

    const functions = new PipelineFunctions(this, 'Functions', {
      configuration,
      names,
      dataBucket,
      artifactsBucket,
      readableBuckets,
      sourceUri: source.s3ObjectUrl,
    });
    const training = new TrainingJobState(this, 'TrainingJob', {
      configuration: configuration.training,
      jobNamePrefix: names.prefix,
      imageUri: new ContainerImage(this, {
        repositoryName,
        tag: configuration.training.imageTag,
        registryAccount: configuration.images.registryAccount,
      }).uri,
      role,
    });
    this.pipeline = new Pipeline(this, 'Pipeline', {
      stateMachineName: names.stateMachine,
      functions,
      training,
      servingStackName: names.servingStack,
      logRetentionDays: configuration.logRetentionDays,
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
      description: 'Put datasets and base models of your own here.',
      value: dataBucket.bucketName,
    });
  }
}
