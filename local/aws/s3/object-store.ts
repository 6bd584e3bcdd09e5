import { randomUUID } from 'node:crypto';
import { renameSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../api-error';
import { keyToPath, pathToKey } from './key-path';

export class NoSuchKey extends ApiError {
  constructor(
    readonly bucket: string,
    key: string,
  ) {
    super('NoSuchKey', `the bucket ${bucket} has no object ${key}`, 404);
  }
}

export class NoSuchBucket extends ApiError {
  constructor(bucket: string) {
    super('NoSuchBucket', `there is no bucket ${bucket}`, 404);
  }
}

export class BucketNotEmpty extends ApiError {
  constructor(bucket: string) {
    super('BucketNotEmpty', `the bucket ${bucket} still holds objects: delete them first`, 409);
  }
}

export class InvalidBucketName extends ApiError {
  constructor(bucket: string) {
    super('InvalidBucketName', `"${bucket}" is no bucket name: 3 to 63 of a-z, 0-9, dot and hyphen`, 400);
  }
}

export class PreconditionFailed extends ApiError {
  constructor() {
    super('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
  }
}

/** `etag` changes with every write of the key (it is no MD5 sum); `size` is in bytes. */
export interface ObjectHead {
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
}

export interface ListedObject extends ObjectHead {
  readonly key: string;
}

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

/** What must hold of a key for it to be written. */
export type WriteCondition = { readonly ifMatch: string } | { readonly ifAbsent: true };

/** An object as it was when it was opened, whatever is written to its key meanwhile. Either stream or close must be called. */
export class OpenObject {
  constructor(
    private readonly file: FileHandle,
    readonly head: ObjectHead,
  ) {}

  stream(range?: ByteRange): Readable {
    return this.file.createReadStream(range);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/**
 * Buckets and objects as folders and files under `root`. A write becomes visible as a whole or not at all (a temporary file is renamed), so
 * readers never see half an object. Methods throw NoSuchKey and NoSuchBucket for what does not exist.
 */
export class ObjectStore {
  constructor(private readonly root: string) {}

  /** Creates the bucket; one that exists already is left as it is. */
  async createBucket(bucket: string): Promise<void> {
    await mkdir(this.folder(bucket), { recursive: true });
  }

  /** All buckets, in the order of their names. */
  async listBuckets(): Promise<{ readonly name: string; readonly createdAt: Date }[]> {
    const entries = await readdir(this.root, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
    return Promise.all(
      names.sort().map(async (name) => ({ name, createdAt: (await stat(this.folder(name))).birthtime })),
    );
  }

  async hasBucket(bucket: string): Promise<boolean> {
    return (await stat(this.folder(bucket)).catch(undefinedWhenMissing)) !== undefined;
  }

  /** Deletes an empty bucket. Throws BucketNotEmpty. */
  async deleteBucket(bucket: string): Promise<void> {
    if ((await this.list(bucket, '')).length > 0) throw new BucketNotEmpty(bucket);
    await rm(this.folder(bucket), { recursive: true });
  }

  /** Throws NoSuchBucket unless the bucket exists. */
  async requireBucket(bucket: string): Promise<void> {
    if (!(await this.hasBucket(bucket))) throw new NoSuchBucket(bucket);
  }

  /** Throws PreconditionFailed when the condition does not hold once the whole body is there; then nothing is written. */
  async put(
    bucket: string,
    key: string,
    body: Readable | Buffer | string,
    condition?: WriteCondition,
  ): Promise<{ etag: string }> {
    await this.requireBucket(bucket);
    const temporary = join(this.root, '.partial', randomUUID());
    const target = this.path(bucket, key);
    await mkdir(dirname(temporary), { recursive: true });
    // Opened first: a stream that opens its file by itself may do so when a failed write has been cleaned up already.
    const file = await open(temporary, 'w');
    try {
      await pipeline(body instanceof Readable ? body : Readable.from([body]), file.createWriteStream());
      const { etag } = describe(await stat(temporary));
      await mkdir(dirname(target), { recursive: true });
      // In one step of this process, so that of two writers under a condition only one succeeds.
      if (condition) checkCondition(condition, statSync(target, { throwIfNoEntry: false }), bucket, key);
      renameSync(temporary, target);
      return { etag };
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async open(bucket: string, key: string): Promise<OpenObject> {
    const file = await open(this.path(bucket, key)).catch(this.missing(bucket, key));
    return new OpenObject(file, describe(await file.stat()));
  }

  async stream(bucket: string, key: string): Promise<Readable> {
    return (await this.open(bucket, key)).stream();
  }

  async read(bucket: string, key: string): Promise<Buffer> {
    return buffer(await this.stream(bucket, key));
  }

  async head(bucket: string, key: string): Promise<ObjectHead> {
    const stats = await stat(this.path(bucket, key)).catch(this.missing(bucket, key));
    return describe(stats);
  }

  /** All objects whose key starts with `prefix`, in the byte order of their keys, as S3 lists them. */
  async list(bucket: string, prefix: string): Promise<ListedObject[]> {
    await this.requireBucket(bucket);
    const folder = this.folder(bucket);
    const objects: ListedObject[] = [];
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const key = pathToKey(relative(folder, path));
      if (!entry.isFile() || !key.startsWith(prefix)) continue;
      const stats = await stat(path).catch(undefinedWhenMissing);
      // An object deleted since the folder was read is simply not listed.
      if (stats) objects.push({ key, ...describe(stats) });
    }
    return objects.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  /** Deletes the object; a key without one is no error. */
  async delete(bucket: string, key: string): Promise<void> {
    await this.requireBucket(bucket);
    await rm(this.path(bucket, key), { force: true });
  }

  /** Where the object's bytes are, for readers that need a file. */
  path(bucket: string, key: string): string {
    return join(this.folder(bucket), keyToPath(key));
  }

  private folder(bucket: string): string {
    if (!bucketName.test(bucket)) throw new InvalidBucketName(bucket);
    return join(this.root, bucket);
  }

  private missing(bucket: string, key: string): (error: unknown) => Promise<never> {
    return async (error) => {
      undefinedWhenMissing(error);
      await this.requireBucket(bucket);
      throw new NoSuchKey(bucket, key);
    };
  }
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

function checkCondition(condition: WriteCondition, present: Stats | undefined, bucket: string, key: string): void {
  if ('ifMatch' in condition && !present) throw new NoSuchKey(bucket, key);
  const holds = 'ifMatch' in condition ? present && describe(present).etag === condition.ifMatch : !present;
  if (!holds) throw new PreconditionFailed();
}

/** The inode tells two writes within one tick of the file system's clock apart. */
function describe(stats: Stats): ObjectHead {
  const etag = [stats.mtimeMs, stats.size, stats.ino].map((number) => Math.round(number * 1000).toString(16)).join('-');
  return { size: stats.size, etag, lastModified: stats.mtime };
}

function undefinedWhenMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
