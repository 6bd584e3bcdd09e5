import { existsSync, mkdirSync, mkdtempSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailed } from '../../../local/run/failure';
import { StateFolder } from '../../../local/run/state-folder';
import { owningProcess } from './owning-process';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'state-')), '.local');
});

it('keeps what is written for the next run', () => {
  const first = StateFolder.open(path, false);
  first.write('note', 'kept');
  first.release();
  const second = StateFolder.open(path, false);
  expect(second.read('note')).toBe('kept');
  expect(second.read('other')).toBeUndefined();
});

it('forgets everything when asked to start over', () => {
  StateFolder.open(path, false).write('note', 'kept');
  const fresh = StateFolder.open(path, true);
  expect(fresh.read('note')).toBeUndefined();
});

it('says so when another version wrote it, and changes nothing', () => {
  const first = StateFolder.open(path, false);
  first.write('note', 'kept');
  first.release();
  writeFileSync(join(path, 'version'), '0');
  expect(() => StateFolder.open(path, false)).toThrow(CommandFailed);
  expect(() => StateFolder.open(path, false)).toThrow(
    'was written by another version of this program: start over with',
  );
  expect(existsSync(join(path, 'note'))).toBe(true);
  expect(StateFolder.open(path, true).read('note')).toBeUndefined();
});

it('belongs to one run at a time, and is free again after one that was killed', async () => {
  const other = await owningProcess(path);
  for (const fresh of [false, true]) {
    expect(() => StateFolder.open(path, fresh)).toThrow(
      new CommandFailed(`Another local run (process ${other.pid}) is using ${path}: stop it first.`),
    );
  }
  await other.end();
  StateFolder.open(path, false).release();
  expect(existsSync(join(path, 'owner'))).toBe(false);
});

it('is no business of a process that got the id of a run that was killed', () => {
  StateFolder.open(path, false);
  const owner = join(path, 'owner');
  const [, ...start] = readlinkSync(owner).split(' ');
  for (const left of [`1 ${start.join(' ')}`, `${process.ppid} another boot`]) {
    unlinkSync(owner);
    symlinkSync(left, owner);
    expect(StateFolder.addressIn(path)).toBeUndefined();
    StateFolder.open(path, false);
    expect(readlinkSync(owner)).toBe(`${process.pid} ${start.join(' ')}`);
  }
});

it('is given free by the run alone that owns it', async () => {
  const folder = StateFolder.open(path, false);
  unlinkSync(join(path, 'owner'));
  const other = await owningProcess(path);
  folder.release();
  expect(() => StateFolder.open(path, false)).toThrow(`(process ${other.pid})`);
  await other.end();
});

it('takes over from a version that wrote a file, once that runs no more', () => {
  mkdirSync(path);
  writeFileSync(join(path, 'owner'), String(process.ppid));
  expect(() => StateFolder.open(path, false)).toThrow(`process ${process.ppid}`);
  writeFileSync(join(path, 'owner'), '999999999');
  expect(() => StateFolder.open(path, false)).not.toThrow();
});

it('tells how to reach the run that owns it, and only while that runs', () => {
  const address = { awsUrl: 'http://127.0.0.1:1', classifyUrl: 'http://localhost:2/classify', apiKey: 'key' };
  expect(StateFolder.addressIn(path)).toBeUndefined();
  const folder = StateFolder.open(path, false);
  expect(StateFolder.addressIn(path)).toBeUndefined();
  folder.tellAddress(address);
  expect(StateFolder.addressIn(path)).toEqual(address);
  unlinkSync(join(path, 'owner'));
  symlinkSync('999999999 long ago', join(path, 'owner'));
  expect(StateFolder.addressIn(path)).toBeUndefined();
  const next = StateFolder.open(path, false);
  expect(StateFolder.addressIn(path)).toBeUndefined();
  next.tellAddress(address);
  next.release();
  expect(StateFolder.addressIn(path)).toBeUndefined();
});
