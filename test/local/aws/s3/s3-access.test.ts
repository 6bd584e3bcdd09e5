import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from '../../../../local/aws/s3/object-store';
import { LocalS3 } from '../../../lambda/local-s3';
import { ASKING, iamOfAsking } from '../iam/asking-role';

/* What S3 asks IAM for. */

const Bucket = 'bucket';
const OBJECT = { Bucket, Key: 'a key' };
let local: LocalS3;
let store: ObjectStore;
let s3: S3Client;
let statements: object[];

beforeAll(async () => {
  const authority = iamOfAsking(() => statements);
  local = await LocalS3.open({ buckets: [Bucket, 'other'], accessKeyId: ASKING, authority });
  ({ client: s3, store } = local);
});
beforeEach(async () => {
  await store.put(Bucket, 'a key', 'text');
});
afterAll(() => local.close());

function allow(...actions: (readonly [action: string, resource: string])[]): void {
  statements = actions.map(([Action, resource]) => ({ Effect: 'Allow', Action, Resource: `arn:aws:s3:::${resource}` }));
}

async function UploadId(): Promise<string | undefined> {
  allow(['s3:PutObject', '*']);
  return (await s3.send(new CreateMultipartUploadCommand(OBJECT))).UploadId;
}

const COPY = new CopyObjectCommand({ Bucket: 'other', Key: 'copy', CopySource: `${Bucket}/a%20key` });
test.each([
  ['s3:GetObject', 'bucket/a key', () => new GetObjectCommand(OBJECT)],
  ['s3:GetObject', 'bucket/a key', () => new HeadObjectCommand(OBJECT)],
  ['s3:PutObject', 'bucket/a key', () => new PutObjectCommand({ ...OBJECT, Body: 'text' })],
  ['s3:PutObject', 'bucket/a key', () => new CreateMultipartUploadCommand(OBJECT)],
  [
    's3:PutObject',
    'bucket/a key',
    async () => new UploadPartCommand({ ...OBJECT, UploadId: await UploadId(), PartNumber: 1, Body: 'text' }),
  ],
  [
    's3:AbortMultipartUpload',
    'bucket/a key',
    async () => new AbortMultipartUploadCommand({ ...OBJECT, UploadId: await UploadId() }),
  ],
  ['s3:ListBucket', 'bucket', () => new ListObjectsV2Command({ Bucket })],
  ['s3:GetBucketLocation', 'bucket', () => new GetBucketLocationCommand({ Bucket })],
  ['s3:GetEncryptionConfiguration', 'bucket', () => new GetBucketEncryptionCommand({ Bucket })],
  ['s3:ListAllMyBuckets', '*', () => new ListBucketsCommand({})],
] as const)('%s on %s is what is asked for', async (action, resource, command) => {
  const given = (await command()) as GetObjectCommand;
  allow([action, resource]);
  await s3.send(given);
  allow(['s3:DeleteObject', '*'], ['s3:GetObjectTagging', '*'], [action, 'other'], [action, 'bucket/another']);
  await expect(s3.send(given)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
});

test('a copy reads the one object and writes the other', async () => {
  const [read, write] = [
    ['s3:GetObject', 'bucket/a key'],
    ['s3:PutObject', 'other/copy'],
  ] as const;
  allow(read, write);
  await s3.send(COPY);
  allow(read);
  await expect(s3.send(COPY)).rejects.toThrow('s3:PutObject on resource: "arn:aws:s3:::other/copy"');
  allow(write);
  await expect(s3.send(COPY)).rejects.toThrow('s3:GetObject on resource: "arn:aws:s3:::bucket/a key"');
});

test('a refused write leaves the object as it is', async () => {
  allow(['s3:GetObject', '*']);
  await expect(s3.send(new PutObjectCommand({ ...OBJECT, Body: 'x'.repeat(1_000_000) }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('because no identity-based policy allows the s3:PutObject action') as string,
  });
  expect(String(await store.read(Bucket, 'a key'))).toBe('text');
});

test('that an object is missing is told to those who may list its bucket', async () => {
  const missing = { Bucket, Key: 'missing' };
  allow(['s3:GetObject', 'bucket/*'], ['s3:ListBucket', 'other']);
  await expect(s3.send(new GetObjectCommand(missing))).rejects.toThrow(
    's3:ListBucket on resource: "arn:aws:s3:::bucket"',
  );
  await expect(s3.send(new HeadObjectCommand(missing))).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  allow(['s3:GetObject', 'bucket/*'], ['s3:ListBucket', 'bucket']);
  await expect(s3.send(new GetObjectCommand(missing))).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(s3.send(new HeadObjectCommand(missing))).rejects.toMatchObject({ name: 'NotFound' });
});
