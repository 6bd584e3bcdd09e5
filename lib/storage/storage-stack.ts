import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Configuration } from '../configuration/configuration';
import type { Names } from '../configuration/names';
import { ServingRole } from './serving-role';
import { StorageBucket } from './storage-bucket';

export interface StorageStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly names: Names;
}

/**
 * What outlives a model: the datasets, the artifacts, and the role that hosts them. The role is here because the serving
 * stacks, which the pipeline itself updates, hold no IAM resource.
 */
export class StorageStack extends Stack {
  /** `datasets/<execution>/` with the prepared splits; also a place to put one's own data. */
  readonly dataBucket: s3.IBucket;
  /** `training/<job>/` as SageMaker writes it, `models/<sha256>/model.tar.gz` once judged good, `in-service.json`. */
  readonly artifactsBucket: s3.IBucket;
  readonly servingRole: iam.IRole;

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
  }
}
