import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketWebsiteCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  paginateListBuckets,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ObjectStore } from '../../../../local/aws/s3/object-store';
import { LocalS3 } from '../../../lambda/local-s3';

const Bucket = 'bucket';
let local: LocalS3;
let store: ObjectStore;
let s3: S3Client;

beforeAll(async () => {
  local = await LocalS3.open({ buckets: [Bucket] });
  ({ client: s3, store } = local);
});
afterAll(() => local.close());

async function put(Key: string, Body: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }));
}

async function get(Key: string, Range?: string): Promise<string | undefined> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range }));
  return Body?.transformToString();
}

test('lists buckets by prefix and region, page after page', async () => {
  for (const name of ['kept-b', 'kept-a', 'other']) await store.createBucket(name);
  const names: (string | undefined)[][] = [];
  for await (const { Buckets = [] } of paginateListBuckets({ client: s3, pageSize: 1 }, { Prefix: 'kept-' })) {
    names.push(Buckets.map(({ Name }) => Name));
    expect(Buckets[0]).toMatchObject({ BucketRegion: 'us-east-1', CreationDate: expect.any(Date) as unknown });
  }
  expect(names).toEqual([['kept-a'], ['kept-b']]);
  const { Buckets: all = [] } = await s3.send(new ListBucketsCommand({}));
  expect(all.map(({ Name }) => Name)).toEqual([Bucket, 'kept-a', 'kept-b', 'other']);
  const elsewhere = await s3.send(new ListBucketsCommand({ BucketRegion: 'eu-west-1' }));
  expect(elsewhere.Buckets ?? []).toEqual([]);
  await expect(s3.send(new ListBucketsCommand({ MaxBuckets: 10_001 }))).rejects.toMatchObject({
    name: 'InvalidArgument',
  });
});

test.each(['plain', 'with/slashes//and/', 'odd &<>"\' +%2f?#é☃', '../../escape', './dot'])(
  'puts, heads, gets and copies the key %j',
  async (Key) => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'content' }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength: 7, ETag });
    const CopySource = encodeURIComponent(`${Bucket}/${Key}`);
    const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: `${Key}-copy`, CopySource }));
    expect(copied.CopyObjectResult?.ETag).toBeDefined();
    await store.delete(Bucket, Key);
    expect(await get(`${Key}-copy`)).toBe('content');
    await expect(get(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  },
);

test.each([
  ['bytes=0-0', 'a', 'bytes 0-0/10'],
  ['bytes=2-5', 'cdef', 'bytes 2-5/10'],
  ['bytes=7-', 'hij', 'bytes 7-9/10'],
  ['bytes=-4', 'ghij', 'bytes 6-9/10'],
  ['bytes=5-99', 'fghij', 'bytes 5-9/10'],
])('reads the range %s', async (Range, content, contentRange) => {
  await put('letters', 'abcdefghij');
  const answer = await s3.send(new GetObjectCommand({ Bucket, Key: 'letters', Range }));
  expect(answer).toMatchObject({ ContentRange: contentRange, ContentLength: content.length });
  expect(await answer.Body?.transformToString()).toBe(content);
});

test('refuses a range behind the end', async () => {
  await put('letters', 'abcdefghij');
  await expect(get('letters', 'bytes=10-')).rejects.toMatchObject({ name: 'InvalidRange' });
});

test('keeps an empty object', async () => {
  await put('empty', '');
  expect(await get('empty')).toBe('');
});

test('lists by prefix, page by page, in byte order', async () => {
  const keys = ['list/A', 'list/a&b', 'list/a/b', 'list/é', 'list/☃'];
  for (const key of [...keys].reverse()) await put(key, key);
  const seen: (string | undefined)[] = [];
  let pages = 0;
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket, Prefix: 'list/' })) {
    pages += 1;
    seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
  }
  expect({ pages, seen }).toEqual({ pages: 3, seen: keys });
});

test('answers what the CDK asks of a bucket before it publishes assets', async () => {
  const ExpectedBucketOwner = '000000000000';
  expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBeUndefined();
  const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket, ExpectedBucketOwner }));
  expect(encryption.ServerSideEncryptionConfiguration?.Rules).toMatchObject([
    { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
  ]);
  await expect(
    s3.send(new GetBucketEncryptionCommand({ Bucket, ExpectedBucketOwner: '111111111111' })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('names what is missing', async () => {
  await expect(s3.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'key' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
    message: 'there is no bucket nowhere',
  });
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({ name: 'NotFound' });
  await expect(s3.send(new GetBucketWebsiteCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotImplemented' });
});

test.each<[string, () => Promise<unknown>]>([
  ['the header x-amz-tagging', () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'a=b' }))],
  [
    'the header x-amz-meta-a',
    () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Metadata: { a: 'b' } })),
  ],
  [
    'the header cache-control',
    () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', CacheControl: 'no-store' })),
  ],
  [
    'the header content-encoding',
    () => s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ContentEncoding: 'gzip' })),
  ],
  [
    'the header if-modified-since',
    () => s3.send(new GetObjectCommand({ Bucket, Key: 'k', IfModifiedSince: new Date() })),
  ],
  ['the parameter versionId', () => s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: 'v' }))],
  ['the parameter delimiter', () => s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))],
  [
    'the header x-amz-copy-source-if-none-match',
    () => s3.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k`, CopySourceIfNoneMatch: '"e"' })),
  ],
])('refuses by name %s, which it does not carry out', async (name, call) => {
  const parameter = name.split(' ').at(-1) ?? '';
  await expect(call()).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining(`the local S3 does not carry out ${parameter} of`) as string,
  });
});

test('reads under conditions', async () => {
  await put('k', 'content');
  const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  const read = (conditions: object) => s3.send(new GetObjectCommand({ Bucket, Key: 'k', ...conditions }));
  expect(await (await read({ IfMatch: ETag })).Body?.transformToString()).toBe('content');
  expect(await (await read({ IfNoneMatch: '"other"' })).Body?.transformToString()).toBe('content');
  await expect(read({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(read({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'k', IfMatch: '"other"' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 412 },
  });
});

test('writes and copies under conditions', async () => {
  const write = (Key: string, conditions: object) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body: 'new', ...conditions }));
  const { ETag } = await write('fresh', { IfNoneMatch: '*' });
  await expect(write('fresh', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(write('fresh', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(write('absent', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
  const copy = (CopySourceIfMatch?: string) =>
    s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/fresh`, CopySourceIfMatch }));
  await expect(copy('"other"')).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await copy(ETag);
  expect(await get('copy')).toBe('new');
  await write('fresh', { IfMatch: ETag });
  await expect(copy(ETag)).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

test('a multipart upload is invisible until it is complete', async () => {
  const Key = 'parts/joined';
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const upload = async (PartNumber: number, Body: string) => {
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const [second, first] = [await upload(2, 'world'), await upload(1, 'hello ')];
  await expect(get(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  const complete = (Parts: { PartNumber: number; ETag?: string }[]) =>
    s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
  await expect(complete([{ ...first, ETag: '"other"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
  await complete([first, second]);
  expect(await get(Key)).toBe('hello world');
  await expect(s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))).rejects.toMatchObject({
    name: 'NoSuchUpload',
  });
});

describe('50 MB', () => {
  const piece = randomBytes(1_000_003);
  const pieces = () => Readable.from(Array.from({ length: 50 }, () => piece));
  const sum = async (stream: AsyncIterable<Uint8Array>) => {
    const hash = createHash('sha256');
    for await (const chunk of stream) hash.update(chunk);
    return hash.digest('hex');
  };
  const download = async (Key: string) => {
    const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return { ContentLength, sum: await sum(Body as Readable) };
  };

  test('arrive whole from a stream, which the client frames as aws-chunked', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'big', Body: pieces(), ContentLength: 50 * piece.length }));
    expect(await download('big')).toEqual({ ContentLength: 50 * piece.length, sum: await sum(pieces()) });
  });

  test('arrive whole in the parts of lib-storage', async () => {
    await new Upload({ client: s3, params: { Bucket, Key: 'bigger', Body: pieces() } }).done();
    expect(await download('bigger')).toEqual({ ContentLength: 50 * piece.length, sum: await sum(pieces()) });
  });
});
