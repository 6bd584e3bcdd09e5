import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Configuration } from '../configuration/configuration';
import type { Names } from '../configuration/names';
import { ServingDeploymentRole } from './serving-deployment-role';
import { ServingRole } from './serving-role';
import { StorageBucket } from './storage-bucket';

export interface StorageStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly names: Names;
}

/**
 * What outlives a model: the datasets, the artifacts, and the roles that host and deploy them. The roles are here because the
 * serving stacks, which the pipeline itself updates, hold no IAM resource.
 */
export class StorageStack extends Stack {
  /** `datasets/<execution>/` with the prepared splits; also a place to put one's own data. */
  readonly dataBucket: s3.IBucket;
  /** `training/<job>/` as SageMaker writes it, `models/<sha256>/model.tar.gz` once judged good, `in-service.json`. */
  readonly artifactsBucket: s3.IBucket;
  /** The role that models are served under. */
  readonly servingRole: iam.IRole;
  /** The role that CloudFormation changes the serving stacks under when the pipeline asks it to. */
  readonly servingDeploymentRole: iam.IRole;

  constructor(scope: Construct, id: string, { configuration, names, ...props }: StorageStackProps) {
    super(scope, id, props);

    const removalPolicy = configuration.removalPolicy === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.dataBucket = new StorageBucket(this, 'Data', { removalPolicy });
    this.artifactsBucket = new StorageBucket(this, 'Artifacts', { removalPolicy });

    this.servingRole = new ServingRole(this, 'ServingRole', {
      serving: configuration.serving,
      servingStackName: names.servingStack,
      registryAccount: configuration.images.registryAccount,
    });
    this.artifactsBucket.grantRead(this.servingRole, 'models/*');
    this.servingDeploymentRole = new ServingDeploymentRole(this, 'ServingDeploymentRole', {
      serving: configuration.serving,
      servingRole: this.servingRole,
      servingStackName: names.servingStack,
      prefix: names.prefix,
    });
  }
}
