import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailed, exitCodeOf, sentenceOf } from '../../../local/run/failure';
import { UsageError } from '../../../local/run/options';

const folder = mkdtempSync(join(tmpdir(), 'failure-'));

async function caught(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

it('tells a file that is gone, and one in the place of a folder, by their paths', async () => {
  const gone = join(folder, 'gone.csv');
  for (const read of [() => readFileSync(gone), () => readFile(gone)]) {
    expect(sentenceOf(await caught(read))).toBe(`There is no file or folder ${gone}: bring it back, or name another.`);
  }
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const below = await caught(() => readFileSync(join(file, 'below')));
  expect(sentenceOf(below)).toContain(`${join(file, 'below')} cannot be a folder`);
});

it.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS'])('tells %s in one sentence with its path', (code) => {
  const error = Object.assign(new Error(`${code}: what the system says`), { code, path: '/a/b', syscall: 'open' });
  expect(sentenceOf(error)).toMatch(/^[^.]*\/a\/b[^.]*: [^.]+\.$/);
});

it('tells a full disk of a write, of which no path is known', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  expect(sentenceOf(error)).toBe('The disk of this machine is full: make room on it, and start again.');
});

it('leaves faults of this program as they are', async () => {
  const [missing] = (await once(spawn(join(folder, 'no-such-program')), 'error')) as [Error];
  for (const error of [missing, new TypeError('x is undefined'), { code: 'ENOENT', path: '/a' }]) {
    expect(sentenceOf(error)).toBeUndefined();
  }
});

it('exits with 2 for a wrong command line, and with 1 for all else', () => {
  expect(exitCodeOf(new UsageError('--what is it?'))).toBe(2);
  expect(exitCodeOf(new CommandFailed('It is in use.'))).toBe(1);
});
