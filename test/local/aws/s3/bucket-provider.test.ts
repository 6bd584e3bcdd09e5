import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoDeleteObjectsProvider } from '../../../../local/aws/s3/auto-delete-objects-provider';
import { BucketProvider } from '../../../../local/aws/s3/bucket-provider';
import { ObjectStore } from '../../../../local/aws/s3/object-store';

let root: string;
let store: ObjectStore;
let buckets: BucketProvider;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'buckets-'));
  store = new ObjectStore(root);
  buckets = new BucketProvider(store);
});
afterEach(() => rm(root, { recursive: true }));

const resource = (properties: Record<string, unknown> = {}) => ({
  stackName: 'App-Storage',
  stackId: 'arn:stack',
  logicalId: 'Data',
  type: 'AWS::S3::Bucket',
  properties,
});

test('an unnamed bucket is a new one each time, so that one kept from before is not taken for it', async () => {
  const [first, second] = [await buckets.create(resource()), await buckets.create(resource())];
  expect(first.physicalId).toMatch(/^app-storage-data-[0-9a-f]{12}$/);
  expect(second.physicalId).not.toBe(first.physicalId);
  expect(await buckets.update(resource(), first)).toBe(first);
});

test('a bucket that exists already is not created again', async () => {
  await store.createBucket('kept');
  await expect(buckets.create(resource({ BucketName: 'kept' }))).rejects.toThrow('kept already exists');
});

test('Custom::S3AutoDeleteObjects empties the bucket when it is deleted, and then the bucket can be', async () => {
  const bucket = await buckets.create(resource());
  const emptier = new AutoDeleteObjectsProvider(store);
  const emptied = resource({ BucketName: bucket.physicalId, ServiceToken: 'arn' });
  const current = await emptier.create(emptied);
  await store.put(bucket.physicalId, 'a/b', 'x');
  expect(await emptier.update(emptied)).toEqual(current);
  await expect(buckets.delete(resource(), bucket)).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  await emptier.delete(emptied, current);
  await buckets.delete(resource(), bucket);
  expect(await store.hasBucket(bucket.physicalId)).toBe(false);
});
