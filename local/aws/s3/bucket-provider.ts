import type { Provisioned, ResolvedResource, ResourceProvider } from '../cloudformation/provider';
import { account, region } from '../account';
import type { ObjectStore } from './object-store';

/** AWS::S3::Bucket: a bucket of the store, named by BucketName or after its stack and logical id. Deleting one that holds objects fails. */
export class BucketProvider implements ResourceProvider {
  constructor(private readonly store: ObjectStore) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const bucket = bucketName(resource);
    await this.store.createBucket(bucket);
    return {
      physicalId: bucket,
      attributes: {
        Arn: `arn:aws:s3:::${bucket}`,
        DomainName: `${bucket}.s3.amazonaws.com`,
        RegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
      },
    };
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    return bucketName(resource) === current.physicalId ? current : this.create(resource);
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.store.deleteBucket(current.physicalId);
  }
}

/** Without the random suffix of AWS's names: one account and one region, so stack and logical id tell buckets apart. */
function bucketName({ stackName, logicalId, properties }: ResolvedResource): string {
  const name = properties.BucketName;
  return typeof name === 'string'
    ? name
    : `${stackName}-${logicalId}-${account}`
        .toLowerCase()
        .slice(-63)
        .replace(/^[^a-z0-9]+/, '');
}
