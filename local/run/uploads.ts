import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isHidden, isZip, kindOf, kindWithin, READABLE, READABLE_WITHIN } from '../../lambda/shared/tables/data-file';
import { UsageError } from './options';

/** Read at once: more would be no faster. */
const HASHED_BYTES = 1 << 20;

/** What of this machine goes to S3, and where. */
export interface DataUpload {
  readonly files: readonly { readonly path: string; readonly key: string }[];
  /** Of the one file, or of all below a folder, with a slash at its end. */
  readonly key: string;
}

/**
 * Where a data file goes, or the data files of a folder, with their names as they are, and with the hash of names and contents
 * before them: another file of the same name is another dataset.
 *
 * @throws UsageError for what is no data file, and for a folder without one, or with a link that leads nowhere
 */
export async function dataUpload(path: string): Promise<DataUpload> {
  const isFolder = statSync(path).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const names = isFolder ? dataFilesBelow(folder) : [basename(path)];
  if (names.length === 0) {
    throw new UsageError(
      `There is no data file (${READABLE_WITHIN}) in the folder ${path}: put one there, or name another folder.`,
    );
  }
  if (!isFolder && !isZip(path) && kindOf(path) === undefined) {
    throw new UsageError(`${path} is no data file by its name, which must end in ${READABLE}.`);
  }
  const prefix = `uploads/${await hashOf(folder, names)}/`;
  return {
    files: names.map((name) => ({ path: join(folder, name), key: `${prefix}${name}` })),
    key: isFolder ? prefix : `${prefix}${basename(path)}`,
  };
}

/**
 * Of files' names and contents, which may have gigabytes.
 *
 * @param names below the folder
 */
export async function hashOf(folder: string, names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    const file = join(folder, name);
    hash.update(JSON.stringify([name, statSync(file).size]));
    for await (const chunk of createReadStream(file, { highWaterMark: HASHED_BYTES })) {
      hash.update(chunk as Buffer);
    }
  }
  return hash.digest('hex').slice(0, 12);
}

/** As the files below an S3 prefix are found; links are followed. */
function dataFilesBelow(root: string): string[] {
  const found: string[] = [];
  const visit = (folder: string, above: readonly string[]): void => {
    const real = realpathSync(join(root, folder));
    if (above.includes(real)) {
      throw new UsageError(`The link ${join(root, folder)} leads back to a folder that it is in: remove it.`);
    }
    for (const entry of readdirSync(join(root, folder))) {
      const name = folder === '' ? entry : `${folder}/${entry}`;
      const stats = isHidden(entry) ? undefined : statSync(join(root, name), { throwIfNoEntry: false });
      if (stats?.isDirectory()) {
        visit(name, [...above, real]);
      } else if (kindWithin(name) !== undefined) {
        if (stats === undefined) {
          throw new UsageError(
            `The link ${join(root, name)} leads nowhere: remove it, or bring back what it leads to.`,
          );
        }
        found.push(name);
      }
    }
  };
  visit('', []);
  return found.sort();
}
