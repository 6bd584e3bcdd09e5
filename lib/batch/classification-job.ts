import { join, posix } from 'node:path';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { MODELS_FOLDER } from '../../lambda/shared/artifact/folders';
import { BATCH_FOLDER, LONGEST_RUNTIME_IN_SECONDS } from '../../lambda/shared/batch';
import { JOB_LOG_GROUPS } from '../../lambda/shared/job-log';
import type { Configuration } from '../configuration/configuration';
import { servingProfile } from '../configuration/serving-profile';
import { ContainerImage } from '../sagemaker/container-image';
import { SageMakerJobState } from '../sagemaker/sagemaker-job-state';
import { SageMakerRole } from '../sagemaker/sagemaker-role';
import { jsonata } from '../step-functions/jsonata';

export interface ClassificationJobProps {
  readonly configuration: Configuration;
  readonly jobNamePrefix: string;
  readonly dataBucket: s3.IBucket;
  readonly artifactsBucket: s3.IBucket;
}

const PROGRAM = join(__dirname, '..', '..', 'training-code', 'batch', 'classify_parts.py');
/** Where SageMaker puts a job's inputs, and takes its outputs from. */
const INPUTS = '/opt/ml/processing/input';
const OUTPUT = '/opt/ml/processing/output';
/**
 * For the model, an instance's parts and what becomes of them: of 100 million rows on one instance some 60 GB. SageMaker
 * refuses more than an instance with storage of its own has, of which an ml.r5d.large has the least.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
 */
const VOLUME_SIZE_IN_GB = 75;

/**
 * The job that classifies parts: training-code/batch/classify_parts.py as a SageMaker Processing job, in the image that
 * serves. The artifact brings onnxruntime along, for the Python of that image, and so answers what the endpoint answers.
 *
 * Reads `$run` and `$job`, assigns `$costUsd`.
 */
export class ClassificationJob extends Construct {
  /** The state `ClassifyParts`. */
  readonly state: SageMakerJobState;

  constructor(
    scope: Construct,
    id: string,
    { configuration, dataBucket, artifactsBucket, ...props }: ClassificationJobProps,
  ) {
    super(scope, id);
    const { images, serving } = configuration;
    const { repositoryName, tag } = servingProfile(serving).image;
    // One file: there is no Docker in which SageMaker's own way to hand over code, a tar, would be unpacked.
    const program = new Asset(this, 'Program', { path: PROGRAM });
    const role = new SageMakerRole(this, 'Role', {
      description:
        'What a batch job may do: read code, model and parts, write its answers, pull its image, write its log.',
      repositoryNames: [repositoryName],
      registryAccount: images.registryAccount,
      logGroupName: JOB_LOG_GROUPS.processing,
    });
    program.grantRead(role);
    artifactsBucket.grantRead(role, `${MODELS_FOLDER}/*`);
    dataBucket.grantRead(role, `${BATCH_FOLDER}/*`);
    dataBucket.grantPut(role, `${BATCH_FOLDER}/*/answers/*`);

    const input = (
      InputName: string,
      S3Uri: string,
      parts?: { S3DataType: string; S3DataDistributionType: string },
    ) => ({
      InputName,
      S3Input: {
        S3Uri,
        LocalPath: `${INPUTS}/${InputName}`,
        S3InputMode: 'File',
        S3DataType: 'S3Prefix',
        S3DataDistributionType: 'FullyReplicated',
        ...parts,
      },
    });
    const programArguments = [
      ...['--model', `${INPUTS}/model`, '--parts', `${INPUTS}/parts`, '--output', OUTPUT],
      ...['--exit_message', '/opt/ml/output/message'],
    ];
    this.state = new SageMakerJobState(this, 'ClassifyParts', {
      kind: 'Processing',
      jobNamePrefix: props.jobNamePrefix,
      role,
      comment: 'Classifies the parts that have no answers yet, as a SageMaker Processing job.',
      // The job's own limit strikes first, so that the reason is the job's.
      timeoutSeconds: LONGEST_RUNTIME_IN_SECONDS + 900,
      request: {
        AppSpecification: {
          ImageUri: new ContainerImage(this, { repositoryName, tag, registryAccount: images.registryAccount }).uri,
          ContainerEntrypoint: ['python3', `${INPUTS}/code/${posix.basename(program.s3ObjectKey)}`],
          ContainerArguments: jsonata(
            `$append($append(${JSON.stringify(programArguments)}, ["--scores", $run.scores]), ` +
              '$run.overflow = null ? [] : ["--overflow", $run.overflow])',
          ),
        },
        ProcessingInputs: [
          input('code', program.s3ObjectUrl),
          input('model', jsonata('$run.model.url')),
          input('parts', jsonata('$job.missingPartsUri'), {
            S3DataType: 'ManifestFile',
            S3DataDistributionType: 'ShardedByS3Key',
          }),
        ],
        ProcessingOutputConfig: {
          Outputs: [
            {
              OutputName: 'answers',
              S3Output: { S3Uri: jsonata('$run.run & "/answers"'), LocalPath: OUTPUT, S3UploadMode: 'Continuous' },
            },
          ],
        },
        ProcessingResources: {
          ClusterConfig: {
            InstanceType: jsonata('$run.instanceType'),
            InstanceCount: jsonata('$job.instanceCount'),
            VolumeSizeInGB: VOLUME_SIZE_IN_GB,
          },
        },
        StoppingCondition: { MaxRuntimeInSeconds: jsonata('$job.maxRuntimeInSeconds') },
        // The texts stay where they are.
        NetworkConfig: { EnableNetworkIsolation: true },
      },
      assign: {
        costUsd: jsonata(
          '$job.pricePerSecond = null ? null : $round(' +
            '($states.result.ProcessingEndTime - $states.result.ProcessingStartTime) / 1000 * $job.pricePerSecond, 4)',
        ),
      },
      output: jsonata('{"processingJobName": $states.result.ProcessingJobName}'),
    });
  }
}
