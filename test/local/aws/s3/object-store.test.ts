import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { keyToPath, pathToKey } from '../../../../local/aws/s3/key-path';
import { ObjectStore, type WriteCondition } from '../../../../local/aws/s3/object-store';

let root: string;
let store: ObjectStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'object-store-'));
  store = new ObjectStore(root);
  await store.createBucket('bucket');
});
afterEach(() => rm(root, { recursive: true }));

describe('file paths of keys', () => {
  const long = 'x'.repeat(1000);
  test.each([
    ['models/1/model.tar.gz', 'models+/1+/model.tar.gz'],
    ['a', 'a'],
    ['a/', 'a+/%'],
    ['/a', '+/a'],
    ['a//b', 'a+/+/b'],
    ['../../etc/passwd', '%2e.+/%2e.+/etc+/passwd'],
    ['..', '%2e.'],
    ['A', '%41'],
    ['a+b~c%2f', 'a%2bb%7ec%252f'],
    ['é ☃ 🙂', '%c3%a9%20%e2%98%83%20%f0%9f%99%82'],
    ['a\\b\0c\n', 'a%5cb%00c%0a'],
    [long, `${'x'.repeat(200)}~/`.repeat(4) + 'x'.repeat(200)],
    [`${'x'.repeat(200)}./..`, `${'x'.repeat(200)}~/%2e+/%2e.`],
  ])('%j', (key, path) => {
    expect(keyToPath(key)).toBe(path);
    expect(pathToKey(path)).toBe(key);
  });

  test('no part is longer than a file name may be, or leads out of the bucket', () => {
    for (const key of ['☃'.repeat(341), '.'.repeat(1024), '/'.repeat(1024), `${'.'.repeat(200)}/${'.'.repeat(201)}`]) {
      const parts = keyToPath(key).split('/');
      expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(255);
      expect(parts.filter((part) => part === '' || part === '.' || part === '..')).toEqual([]);
      expect(pathToKey(keyToPath(key))).toBe(key);
    }
  });

  test.each(['', 'x'.repeat(1025)])('refuses a key of a wrong length', (key) => {
    expect(() => keyToPath(key)).toThrow(`an object key has 1 to 1024 bytes, not ${key.length}`);
  });
});

test('keeps a key beside keys below it, and keys that differ in case', async () => {
  for (const key of ['a', 'a/b', 'a/', 'A']) await store.put('bucket', key, key);
  for (const key of ['a', 'a/b', 'a/', 'A']) expect(String(await store.read('bucket', key))).toBe(key);
  expect((await store.list('bucket', '')).map(({ key }) => key)).toEqual(['A', 'a', 'a/', 'a/b']);
  expect((await store.list('bucket', 'a/')).map(({ key }) => key)).toEqual(['a/', 'a/b']);
});

test('a failed write leaves the old object and no rubbish', async () => {
  await store.put('bucket', 'key', 'old');
  const broken = Readable.from(
    (function* () {
      yield 'new';
      throw new Error('the connection broke');
    })(),
  );
  await expect(store.put('bucket', 'key', broken)).rejects.toThrow('the connection broke');
  expect(String(await store.read('bucket', 'key'))).toBe('old');
  expect(await readdir(join(root, '.partial'))).toEqual([]);
});

test('a reader sees the object as it was when reading began', async () => {
  await store.put('bucket', 'key', 'old');
  const stream = await store.stream('bucket', 'key');
  await store.put('bucket', 'key', 'new!');
  expect((await stream.toArray()).join('')).toBe('old');
});

test('the etag changes with each write and head tells it', async () => {
  const first = await store.put('bucket', 'key', 'one');
  const second = await store.put('bucket', 'key', 'two');
  expect(second.etag).not.toBe(first.etag);
  expect(await store.head('bucket', 'key')).toMatchObject({ size: 3, etag: second.etag });
});

test('tells a missing key from a missing bucket', async () => {
  await expect(store.head('bucket', 'none')).rejects.toMatchObject({ name: 'NoSuchKey', message: /bucket.*none/ });
  await expect(store.read('nowhere', 'none')).rejects.toMatchObject({ name: 'NoSuchBucket', message: /nowhere/ });
  await expect(store.list('nowhere', '')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  await expect(store.put('nowhere', 'key', '')).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test.each(['..', '.partial', 'a/b', 'UPPER', ''])('refuses the bucket name %j', async (bucket) => {
  await expect(store.createBucket(bucket)).rejects.toMatchObject({ name: 'InvalidBucketName' });
});

test('deletes a bucket only when it is empty', async () => {
  await store.put('bucket', 'a', 'x');
  await store.put('bucket', 'b/c', 'x');
  await store.delete('bucket', 'a');
  await expect(store.deleteBucket('bucket')).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  await store.delete('bucket', 'b/c');
  await store.delete('bucket', 'b/c');
  await store.deleteBucket('bucket');
  await expect(store.list('bucket', '')).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test('of two writers of an absent key, or of the same version, one succeeds', async () => {
  const both = async (condition: WriteCondition) => {
    const writes = ['one', 'two'].map((body) => store.put('bucket', 'key', body, condition));
    return (await Promise.allSettled(writes)).map(({ status }) => status).sort();
  };
  await store.delete('bucket', 'key');
  expect(await both({ ifAbsent: true })).toEqual(['fulfilled', 'rejected']);
  const { etag } = await store.head('bucket', 'key');
  expect(await both({ ifMatch: etag })).toEqual(['fulfilled', 'rejected']);
});

test('an open object stays what it was', async () => {
  await store.put('bucket', 'key', 'before');
  const object = await store.open('bucket', 'key');
  await store.put('bucket', 'key', 'after!!');
  expect([object.head.size, await text(object.stream())]).toEqual([6, 'before']);
});
