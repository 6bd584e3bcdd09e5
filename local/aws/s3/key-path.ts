import { ApiError } from '../api-error';

/**
 * The relative file path of an object's key: readable, inside its bucket whatever the key says, and reversible.
 *
 * - Characters other than `a-z 0-9 _ - .` are percent-encoded as UTF-8, upper case included: a laptop's file system may not tell A from a.
 * - A folder's name ends in `+`, so that the objects `a` and `a/b` can both exist.
 * - A name longer than 200 characters continues in a folder that ends in `~`: file systems stop at 255.
 * - A leading dot is encoded (no `..`), and a key that ends in `/` is the file `%` in that folder.
 */
export function keyToPath(key: string): string {
  const length = Buffer.byteLength(key);
  if (length === 0 || length > 1024) {
    throw new ApiError('InvalidArgument', `an object key has 1 to 1024 bytes, not ${length}`);
  }
  const encoded = key.replace(/[^a-z0-9_\-./]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  return encoded
    .replaceAll('/', '+/')
    .replace(/\+\/$/, '+/%')
    .replace(/[^/]{200}(?=[^/]{2})/g, '$&~/')
    .replace(/(^|\/)\./g, '$1%2e');
}

/** The key whose path this is: the inverse of `keyToPath`. */
export function pathToKey(path: string): string {
  return decodeURIComponent(path.replace(/\/%$/, '/').replaceAll('~/', '').replaceAll('+/', '/'));
}
