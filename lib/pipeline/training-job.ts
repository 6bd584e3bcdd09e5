import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { JOB_LOG_GROUPS } from '../../lambda/shared/job-log';
import type { Configuration } from '../configuration/configuration';
import { ContainerImage, TRAINING_REPOSITORY } from '../sagemaker/container-image';
import { jsonata } from '../step-functions/jsonata';
import { SageMakerJobState } from '../sagemaker/sagemaker-job-state';
import { SageMakerRole } from '../sagemaker/sagemaker-role';
import { SourceDirectory } from './source-directory';

export interface TrainingJobProps {
  readonly configuration: Configuration;
  readonly jobNamePrefix: string;
  readonly dataBucket: s3.IBucket;
  readonly artifactsBucket: s3.IBucket;
  /** Other buckets that base models may be in. */
  readonly readableBuckets: readonly s3.IBucket[];
}

/**
 * What train.py prints, as CloudWatch metrics of the training job: by the validation part ten times and, of the weights
 * that are kept, once more at the end; by the test split once.
 */
const METRIC_DEFINITIONS = [
  { Name: 'train:loss', Regex: 'epoch=.* train_loss=([0-9.]+)' },
  ...['validation', 'test'].flatMap((split) => [
    { Name: `${split}:loss`, Regex: `${split}_loss=([0-9.]+)` },
    { Name: `${split}:accuracy`, Regex: `${split}_accuracy=([0-9.]+)` },
    { Name: `${split}:matthews_correlation`, Regex: `${split}_matthews_correlation=(-?[0-9.]+)` },
    { Name: `${split}:micro_f1`, Regex: `${split}_micro_f1=([0-9.]+)` },
    { Name: `${split}:macro_f1`, Regex: `${split}_macro_f1=([0-9.]+)` },
  ]),
];

/** What the states Train and Trace leave behind. */
export const TRAINED = {
  assign: { artifact: jsonata('$states.result.ModelArtifacts.S3ModelArtifacts') },
  output: jsonata(
    '{"trainingJobName": $states.result.TrainingJobName, "seconds": $states.result.TrainingTimeInSeconds}',
  ),
};

/**
 * The job that fine-tunes the model: training-code/source in AWS's Hugging Face container.
 *
 * Reads `$plan`, assigns `$artifact`, `$job` and `$costUsd`.
 */
export class TrainingJob extends Construct {
  /** The state `Train`, of an execution without candidates. */
  readonly state: SageMakerJobState;
  /** The state `TrainCandidate`, whose input is one of `$plan.training.candidates`; it answers `CandidateResult` of lambda/choose-candidate. */
  readonly candidateState: SageMakerJobState;
  readonly timeoutSeconds: number;
  /** The s3:// URL of the code, which the plan's hyperparameters name. */
  readonly sourceUri: string;

  constructor(scope: Construct, id: string, props: TrainingJobProps) {
    super(scope, id);
    const { training, images } = props.configuration;
    const { useSpotInstances, maxRuntimeInSeconds, maxWaitTimeInSeconds, volumeSizeInGb } = training;

    const source = new SourceDirectory(this, 'Source', { folder: 'source' });
    this.sourceUri = source.s3ObjectUrl;
    const role = new SageMakerRole(this, 'Role', {
      description:
        'What a training job may do: read dataset and code, write its artifact, pull its image, write its log.',
      repositoryNames: [TRAINING_REPOSITORY],
      registryAccount: images.registryAccount,
      logGroupName: JOB_LOG_GROUPS.training,
    });
    source.grantRead(role);
    props.dataBucket.grantRead(role);
    props.artifactsBucket.grantPut(role, 'training/*');
    if (useSpotInstances) {
      props.dataBucket.grantReadWrite(role, 'datasets/*/checkpoints/*');
    }
    for (const bucket of props.readableBuckets) {
      bucket.grantRead(role);
    }

    // The job's own limit must strike first, so that the reason is the job's; starting and uploading take minutes.
    this.timeoutSeconds = (useSpotInstances ? maxWaitTimeInSeconds : maxRuntimeInSeconds) + 900;
    const image = new ContainerImage(this, {
      repositoryName: TRAINING_REPOSITORY,
      tag: training.imageTag,
      registryAccount: images.registryAccount,
    });
    /** @param plan an expression for a `TrainingJobPlan` */
    const jobOf = (plan: string) => ({
      kind: 'Training' as const,
      jobNamePrefix: props.jobNamePrefix,
      role,
      timeoutSeconds: this.timeoutSeconds,
      request: {
        AlgorithmSpecification: {
          TrainingImage: image.uri,
          TrainingInputMode: 'File',
          MetricDefinitions: METRIC_DEFINITIONS,
        },
        HyperParameters: jsonata(`${plan}.hyperParameters`),
        InputDataConfig: jsonata(`${plan}.inputDataConfig`),
        OutputDataConfig: { S3OutputPath: jsonata('$plan.training.outputUri') },
        ResourceConfig: {
          InstanceType: jsonata(`${plan}.instanceType`),
          InstanceCount: jsonata(`${plan}.instanceCount`),
          VolumeSizeInGB: volumeSizeInGb,
        },
        StoppingCondition: {
          MaxRuntimeInSeconds: jsonata(`${plan}.maxRuntimeInSeconds`),
          ...(useSpotInstances ? { MaxWaitTimeInSeconds: maxWaitTimeInSeconds } : {}),
        },
        ...(useSpotInstances
          ? { EnableManagedSpotTraining: true, CheckpointConfig: { S3Uri: jsonata(`${plan}.checkpointUri`) } }
          : {}),
      },
    });
    this.state = new SageMakerJobState(this, 'Train', {
      ...jobOf('$plan.training'),
      comment: 'Fine-tunes the base model as a SageMaker training job.',
      ...TRAINED,
      assign: {
        ...TRAINED.assign,
        job: jsonata(
          '{"seconds": $states.result.TrainingTimeInSeconds, "billableSeconds": $states.result.BillableTimeInSeconds}',
        ),
        costUsd: jsonata(
          '$plan.training.instancePrice = null ? null : $round($states.result.BillableTimeInSeconds / 3600 * ' +
            '$plan.training.instancePrice * $plan.training.instanceCount, 4)',
        ),
      },
    });
    this.candidateState = new SageMakerJobState(this, 'TrainCandidate', {
      ...jobOf('$states.input'),
      comment: 'Fine-tunes one candidate as a SageMaker training job.',
      assign: {},
      output: jsonata(
        '{"modelDataUrl": $states.result.ModelArtifacts.S3ModelArtifacts, ' +
          '"metrics": $states.result.FinalMetricDataList{MetricName: Value}, ' +
          '"seconds": $states.result.TrainingTimeInSeconds, "billableSeconds": $states.result.BillableTimeInSeconds}',
      ),
    });
  }
}
