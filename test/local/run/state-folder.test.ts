import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../../local/run/options';
import { StateFolder } from '../../../local/run/state-folder';

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
  expect(() => StateFolder.open(path, false)).toThrow(UsageError);
  expect(() => StateFolder.open(path, false)).toThrow(
    'was written by another version of this program: start over with',
  );
  expect(existsSync(join(path, 'note'))).toBe(true);
  expect(StateFolder.open(path, true).read('note')).toBeUndefined();
});

it('belongs to one run at a time', () => {
  StateFolder.open(path, false).release();
  // Process 1 runs wherever there are processes.
  writeFileSync(join(path, 'owner'), '1');
  expect(() => StateFolder.open(path, false)).toThrow(`Another local run (process 1) is using ${path}: stop it first.`);
});

it('is free again after a run that was killed', () => {
  StateFolder.open(path, false);
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
  writeFileSync(join(path, 'owner'), '999999999');
  expect(StateFolder.addressIn(path)).toBeUndefined();
  const next = StateFolder.open(path, false);
  expect(StateFolder.addressIn(path)).toBeUndefined();
  next.tellAddress(address);
  next.release();
  expect(StateFolder.addressIn(path)).toBeUndefined();
});
