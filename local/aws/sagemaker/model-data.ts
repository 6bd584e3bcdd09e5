import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '../s3/object-store';
import { BadArchive, unpackArchive } from './model-archive';
import { parseS3Location } from './s3-location';

/** The artifact cannot be served; the message says why, and what it must have. */
export class BadModelData extends Error {
  override readonly name = 'BadModelData';
}

/**
 * The directory with the unpacked artifact at `modelDataUrl`: once for the same content, so that a second start has nothing to unpack.
 *
 * @throws BadModelData for an archive that is none, has unsafe entries, or lacks code/inference.py
 */
export async function unpackModelData(store: ObjectStore, modelDataUrl: string, folder: string): Promise<string> {
  const { bucket, key } = parseS3Location(modelDataUrl);
  const { etag } = await store.head(bucket, key);
  const directory = join(folder, createHash('sha256').update(`${modelDataUrl}\n${etag}`).digest('hex').slice(0, 16));
  if (existsSync(directory)) return directory;
  await mkdir(folder, { recursive: true });
  const partial = await mkdtemp(join(folder, '.partial-'));
  try {
    await unpackArchive(store.path(bucket, key), partial);
    if (!existsSync(join(partial, 'code', 'inference.py'))) {
      throw new BadModelData(
        `The model archive ${modelDataUrl} has no code/inference.py, so nothing could answer requests: save the training code's inference.py into the model directory's code/`,
      );
    }
    await rename(partial, directory);
  } catch (error) {
    if (!(error instanceof BadArchive)) throw error;
    throw new BadModelData(
      `Failed to extract model data archive from URL "${modelDataUrl}": ${error.message}. Please ensure that the object located at the URL is a valid tar.gz archive.`,
    );
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return directory;
}
