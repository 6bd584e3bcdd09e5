import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import {
  parseProperties,
  type Provisioned,
  type ResolvedResource,
  type ResourceProvider,
} from '../cloudformation/provider';
import type { ObjectStore } from './object-store';

const bucketProperties = v.object({ BucketName: v.optional(v.string()) });

/** AWS::S3::Bucket: a bucket of the store. Creating one that exists already fails, and so does deleting one that holds objects. */
export class BucketProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: Object.keys(bucketProperties.entries),
    recorded: {
      BucketEncryption: 'what lies on this machine is not encrypted',
      LifecycleConfiguration: 'objects stay until they are deleted',
      PublicAccessBlockConfiguration: 'only this machine reaches the bucket',
      Tags: 'nobody reads them here',
      VersioningConfiguration: 'an object has its latest version only',
    },
  };

  constructor(private readonly store: ObjectStore) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const { BucketName: bucket = generatedName(resource) } = parseProperties(bucketProperties, resource);
    if (await this.store.hasBucket(bucket)) throw new Error(`${bucket} already exists`);
    await this.store.createBucket(bucket);
    return { physicalId: bucket, attributes: { Arn: `arn:aws:s3:::${bucket}` } };
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    const { BucketName } = parseProperties(bucketProperties, resource);
    return (BucketName ?? current.physicalId) === current.physicalId ? current : this.create(resource);
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.store.deleteBucket(current.physicalId);
  }
}

/** As CloudFormation makes names up: stack, logical id and a random end, in lower case and within 63 characters. */
function generatedName({ stackName, logicalId }: ResolvedResource): string {
  return `${`${stackName}-${logicalId}`.slice(0, 50)}-${randomBytes(6).toString('hex')}`.toLowerCase();
}
