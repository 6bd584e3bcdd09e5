import type { Provisioned, ResolvedResource, ResourceProvider } from '../cloudformation/provider';
import type { ObjectStore } from './object-store';

/**
 * The CDK's custom resource Custom::S3AutoDeleteObjects, which empties a bucket before CloudFormation deletes it. What its function does is
 * done here; the function itself does not run, as it answers over HTTPS only.
 */
export class AutoDeleteObjectsProvider implements ResourceProvider {
  readonly properties = { carriedOut: ['BucketName', 'ServiceToken'], recorded: {} };

  constructor(private readonly store: ObjectStore) {}

  async create({ properties }: ResolvedResource): Promise<Provisioned> {
    return Promise.resolve({ physicalId: String(properties.BucketName), attributes: {} });
  }

  async update(resource: ResolvedResource): Promise<Provisioned> {
    return this.create(resource);
  }

  async delete(_resource: ResolvedResource, { physicalId: bucket }: Provisioned): Promise<void> {
    for (const { key } of await this.store.list(bucket, '')) await this.store.delete(bucket, key);
  }
}
