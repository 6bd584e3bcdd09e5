import { isNativeError } from 'node:util/types';
import { InvalidConfiguration } from '../../lib/configuration/configuration';
import { UsageError } from './options';

/** A command could not do what it was asked; its message is all there is to say. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** Exit codes: a command that failed, and a command line that no command understands. */
const FAILED = 1;
export const MISUSED = 2;

/** The exit code of a command that ended by an error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? MISUSED : FAILED;
}

/**
 * What went wrong on this machine, in one sentence for the person at the terminal.
 *
 * @returns undefined for what no one has foreseen: a fault of this program
 */
export function sentenceOf(error: unknown): string | undefined {
  return [UsageError, CommandFailed, InvalidConfiguration].some((type) => error instanceof type)
    ? (error as Error).message
    : fileProblem(error);
}

/** What the operating system says of files, by its codes; each gets the path. */
const FILE_PROBLEMS: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) => `The disk of ${path} is full: make room on it, and start again.`,
  EDQUOT: (path) => `This user may keep no more on the disk of ${path}: make room on it, and start again.`,
  EACCES: (path) => `${path} may not be read or written by this user: change its permissions, or name another place.`,
  EPERM: (path) => `${path} may not be read or written by this user: change its permissions, or name another place.`,
  EROFS: (path) => `${path} is on a disk that is read only: name another place.`,
  ENOENT: (path) => `There is no file or folder ${path}: bring it back, or name another.`,
  ENOTDIR: (path) => `${path} cannot be a folder, for a file is in its place: move that, or name another place.`,
};

function fileProblem(error: unknown): string | undefined {
  if (!isNativeError(error)) {
    return undefined;
  }
  const { code = '', path, syscall = '' }: NodeJS.ErrnoException = error;
  // Of a write, the system does not say where; of a program that is not there, the path is no file of the user's.
  const place = path ?? (syscall === 'write' ? 'this machine' : undefined);
  return place === undefined || syscall.startsWith('spawn') ? undefined : FILE_PROBLEMS[code]?.(place);
}
