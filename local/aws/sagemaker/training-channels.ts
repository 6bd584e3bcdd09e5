import { constants } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { NoSuchBucket, type ListedObject, type ObjectStore } from '../s3/object-store';
import { parseS3Location } from './s3-location';
import { ValidationException } from './sagemaker-error';

/**
 * The objects that an input's S3 prefix matches; markers of empty folders are none.
 *
 * @throws ValidationException in SageMaker's words when there is none
 */
export async function requireObjects(store: ObjectStore, uri: string): Promise<ListedObject[]> {
  const { bucket, key } = parseS3Location(uri);
  try {
    const objects = (await store.list(bucket, key)).filter((object) => !object.key.endsWith('/'));
    if (objects.length > 0) return objects;
  } catch (error) {
    if (!(error instanceof NoSuchBucket)) throw error;
  }
  throw new ValidationException(
    `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists and that objects exist under that S3 prefix.`,
  );
}

/** Copies the objects under an S3 prefix into a directory, each to its key without the prefix. */
export async function downloadPrefix(
  store: ObjectStore,
  uri: string,
  objects: readonly ListedObject[],
  directory: string,
): Promise<void> {
  const { bucket, key: prefix } = parseS3Location(uri);
  await mkdir(directory, { recursive: true });
  for (const { key } of objects) {
    const path = join(directory, nameUnder(prefix, key));
    if (relative(directory, path).startsWith('..')) {
      throw new ValidationException(`The object key ${JSON.stringify(key)} leads out of the directory of its channel`);
    }
    await mkdir(dirname(path), { recursive: true });
    // A copy, not a link: what a script does to its input must not reach the bucket. It costs nothing where the file system can clone.
    await copyFile(store.path(bucket, key), path, constants.COPYFILE_FICLONE);
  }
}

/** `train/` has a.csv and x/b.csv; `train` has the same of the folder, or is an object itself, or the start of some names. */
function nameUnder(prefix: string, key: string): string {
  if (key === prefix) return basename(key);
  const rest = key.slice(prefix.length);
  if (rest.startsWith('/')) return rest.slice(1);
  return key.slice(prefix.lastIndexOf('/') + 1);
}
