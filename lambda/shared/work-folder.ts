import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes a folder for an invocation's files, which it removes at its end.
 *
 * One that ran out of time or memory has no end, and the next one of the same sandbox would find the disk full: what is left
 * of it is removed first. So it is in Lambda alone, where a sandbox and its /tmp have one invocation at a time.
 *
 * @param name what the folder's name begins with, which is no other function's
 */
export async function makeWorkFolder(name: string): Promise<string> {
  const folder = tmpdir();
  const prefix = `${name}-`;
  if (process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined) {
    const left = (await readdir(folder)).filter((entry) => entry.startsWith(prefix));
    await Promise.all(left.map((entry) => rm(join(folder, entry), { recursive: true, force: true })));
  }
  return mkdtemp(join(folder, prefix));
}
