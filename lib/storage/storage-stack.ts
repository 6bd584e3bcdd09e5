import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Configuration } from '../configuration/configuration';
import type { Names } from '../configuration/names';
import { LogExpiry } from './log-expiry';
import { ServingDeploymentRole } from './serving-deployment-role';
import { ServingRole } from './serving-role';
import { StorageBucket } from './storage-bucket';

export interface StorageStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly names: Names;
}

/**
 * What outlives a model: the datasets, the artifacts, the logs, and the roles that host and deploy models. The roles are here
 * because the serving stacks, which the pipeline itself updates, hold no IAM resource; and the logs, because this stack is the
 * last to go.
 */
export class StorageStack extends Stack {
  /** `datasets/<execution>/` with the prepared splits and `batch/<run>/`, which expire; elsewhere a place to put one's own data. */
  readonly dataBucket: s3.IBucket;
  /**
   * `training/<job>/` and `traced/<job>/` as SageMaker writes them, which expire; `models/<sha256>/model.tar.gz` once judged
   * good, and `in-service.json`, which stay.
   */
  readonly artifactsBucket: s3.IBucket;
  /** The role that models are served under. */
  readonly servingRole: iam.IRole;
  /** The role that CloudFormation changes the serving stacks under when the pipeline asks it to. */
  readonly servingDeploymentRole: iam.IRole;

  constructor(scope: Construct, id: string, { configuration, names, ...props }: StorageStackProps) {
    super(scope, id, props);

    const { storage } = configuration;
    const removalPolicy = configuration.removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.dataBucket =
      storage.dataBucket === undefined
        ? new StorageBucket(this, 'Data', { removalPolicy, transientPrefixes: ['datasets/', 'batch/'] })
        : s3.Bucket.fromBucketName(this, 'Data', storage.dataBucket);
    this.artifactsBucket =
      storage.artifactsBucket === undefined
        ? new StorageBucket(this, 'Artifacts', { removalPolicy, transientPrefixes: ['training/', 'traced/'] })
        : s3.Bucket.fromBucketName(this, 'Artifacts', storage.artifactsBucket);

    // Made before SageMaker makes them without a retention, and gone once there is no endpoint to write to them. Not for an
    // endpoint that scales, whose name goes with its type of instance: SageMaker writes to the end, and so makes the group
    // again after it was deleted, which would fail the deployment that comes back to that type. LogExpiry sees to those.
    for (const kind of ['instance', 'serverless']) {
      new logs.LogGroup(this, `EndpointLog-${kind}`, {
        logGroupName: `/aws/sagemaker/Endpoints/${names.prefix}-${kind}`,
        retention: configuration.logRetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    }
    new LogExpiry(this, 'LogExpiry', { names, logRetentionDays: configuration.logRetentionDays });

    this.servingRole = new ServingRole(this, 'ServingRole', {
      serving: configuration.serving,
      names,
      registryAccount: configuration.images.registryAccount,
    });
    this.artifactsBucket.grantRead(this.servingRole, 'models/*');
    this.servingDeploymentRole = new ServingDeploymentRole(this, 'ServingDeploymentRole', {
      serving: configuration.serving,
      servingRole: this.servingRole,
      names,
    });
  }
}
