import { createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create, extract, type ReadEntry } from 'tar';

/** The archive is not a gzipped tar, or one whose entries may not be unpacked. */
export class BadArchive extends Error {
  override readonly name = 'BadArchive';
}

/**
 * Packs a directory as tar.gz. The same files give the same bytes, whenever and by whomever they were written.
 * Anything but files and directories is an error.
 */
export async function packArchive(directory: string, file: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const odd = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (odd) throw new BadArchive(`${odd.name} is neither a file nor a directory, so it cannot be packed`);
  const paths = entries.map((entry) => relative(directory, join(entry.parentPath, entry.name))).sort();
  await pipeline(
    create(
      // Weights hardly compress: more effort would cost seconds and save nothing.
      { cwd: directory, gzip: { level: 1 }, portable: true, noDirRecurse: true, mtime: new Date(0) },
      // tar wants at least one path; nothing but the directory itself makes an empty archive.
      paths.length > 0 ? paths : ['.'],
    ),
    createWriteStream(file),
  );
}

/** Unpacks a tar.gz into `directory`, which is created. Throws BadArchive for links, devices, and names that lead out of it. */
export async function unpackArchive(file: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  let unsafe: string | undefined;
  try {
    await extract({
      file,
      cwd: directory,
      gzip: true,
      strict: true,
      filter: (path, entry) => {
        const type = (entry as ReadEntry).type;
        const inside = !path.startsWith('/') && !path.split(/[\\/]/).includes('..');
        if (inside && ['File', 'OldFile', 'ContiguousFile', 'Directory'].includes(type)) return true;
        unsafe ??= `its entry ${JSON.stringify(path)} (${type}) is not a plain file within the archive`;
        return false;
      },
    });
  } catch (error) {
    throw new BadArchive(`it is not a gzipped tar archive (${error instanceof Error ? error.message : String(error)})`);
  }
  if (unsafe !== undefined) throw new BadArchive(unsafe);
}
