import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';
import type { ObjectStore } from '../s3/object-store';

/** The directory that holds the code of the asset at `s3Bucket`/`s3Key`. Rejects when there is no such asset. */
export type AssetResolver = (s3Bucket: string, s3Key: string) => Promise<string>;

/**
 * Resolves assets that were published to the object store as zip files: each is unpacked once below `folder`.
 * An asset's key is the hash of its content, so an unpacked one never goes stale.
 */
export function assetsFromStore(store: ObjectStore, folder: string): AssetResolver {
  return async (bucket, key) => {
    await store.head(bucket, key);
    const directory = join(folder, createHash('sha256').update(`${bucket}/${key}`).digest('hex').slice(0, 16));
    if (existsSync(directory)) return directory;
    await mkdir(folder, { recursive: true });
    const partial = await mkdtemp(join(folder, '.partial-'));
    try {
      await unzip(store.path(bucket, key), partial);
      await rename(partial, directory);
    } catch (error) {
      // Another function with the same code may have been faster.
      if (!existsSync(directory)) throw error;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    return directory;
  };
}

/** Unpacks a zip's files; yauzl itself refuses names that lead out of the directory. */
async function unzip(file: string, directory: string): Promise<void> {
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const path = join(directory, entry.fileName);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
  }
}
