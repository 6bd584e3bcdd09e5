import { Aws } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { JOB_LOG_GROUPS } from '../../lambda/shared/job-log';
import { ContainerImage } from '../sagemaker/container-image';
import { jsonata } from '../step-functions/jsonata';
import { SageMakerJobState } from '../sagemaker/sagemaker-job-state';
import { SageMakerRole } from '../sagemaker/sagemaker-role';
import type { ServingConfiguration } from '../configuration/serving-configuration';
import { SourceDirectory } from './source-directory';
import { TRAINED } from './training-job';

export interface TracingJobProps {
  readonly serving: Extract<ServingConfiguration, { readonly profile: 'elastic-inference' }>;
  readonly jobNamePrefix: string;
  readonly artifactsBucket: s3.IBucket;
  /** The account of AWS's Deep Learning Containers. @default - the one that CDK's region facts name */
  readonly registryAccount?: string;
}

const REPOSITORY_NAME = 'pytorch-training';
const MAX_RUNTIME_IN_SECONDS = 1800;

/**
 * The job that turns a trained artifact into one for Elastic Inference: training-code/tracing in the last container whose
 * PyTorch (1.3.1) writes TorchScript that the accelerator's runtimes can load.
 *
 * Reads `$model.modelDataUrl`, assigns `$artifact`.
 */
export class TracingJob extends Construct {
  /** The state `Trace`. */
  readonly state: SageMakerJobState;

  constructor(scope: Construct, id: string, { serving, artifactsBucket, ...props }: TracingJobProps) {
    super(scope, id);
    const source = new SourceDirectory(this, 'Source', { folder: 'tracing' });
    const role = new SageMakerRole(this, 'Role', {
      description: 'What a tracing job may do: read model and code, write its artifact, pull its image, write its log.',
      repositoryNames: [REPOSITORY_NAME],
      registryAccount: props.registryAccount,
      logGroupName: JOB_LOG_GROUPS.training,
    });
    source.grantRead(role);
    artifactsBucket.grantRead(role, 'models/*');
    artifactsBucket.grantPut(role, 'traced/*');
    const image = new ContainerImage(this, {
      repositoryName: REPOSITORY_NAME,
      tag: serving.tracingImageTag,
      registryAccount: props.registryAccount,
    });
    this.state = new SageMakerJobState(this, 'Trace', {
      kind: 'Training',
      jobNamePrefix: props.jobNamePrefix,
      role,
      comment: 'Traces the model to TorchScript for the accelerator, as a SageMaker training job on PyTorch 1.3.1.',
      timeoutSeconds: MAX_RUNTIME_IN_SECONDS + 900,
      ...TRAINED,
      request: {
        AlgorithmSpecification: { TrainingImage: image.uri, TrainingInputMode: 'File' },
        HyperParameters: {
          sequence_length: String(serving.sequenceLength),
          sagemaker_program: 'trace.py',
          sagemaker_submit_directory: source.s3ObjectUrl,
          sagemaker_region: Aws.REGION,
        },
        InputDataConfig: [
          {
            ChannelName: 'model',
            DataSource: {
              S3DataSource: {
                S3DataType: 'S3Prefix',
                S3Uri: jsonata('$model.modelDataUrl'),
                S3DataDistributionType: 'FullyReplicated',
              },
            },
          },
        ],
        OutputDataConfig: { S3OutputPath: artifactsBucket.s3UrlForObject('traced') },
        ResourceConfig: { InstanceType: serving.tracingInstanceType, InstanceCount: 1, VolumeSizeInGB: 30 },
        StoppingCondition: { MaxRuntimeInSeconds: MAX_RUNTIME_IN_SECONDS },
      },
    });
  }
}
