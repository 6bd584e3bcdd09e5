import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions, UsageError } from '../../../local/run/options';
import { keyOf, Request } from '../../../local/run/request';
import { StateFolder } from '../../../local/run/state-folder';

let state: StateFolder;
let workingDirectory: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'request-'));
  workingDirectory = join(folder, 'work');
  mkdirSync(workingDirectory);
  writeFileSync(join(workingDirectory, 'mine.csv'), 'text,label\n');
  state = StateFolder.open(join(folder, '.local'), false);
});

function begin(...args: string[]): Request {
  const options = parseOptions(args, workingDirectory);
  if (options === undefined) throw new Error('no options');
  return Request.begin(options, { args, workingDirectory }, state);
}
const mine = () => ({ path: join(workingDirectory, 'mine.csv') });

it('is nothing that an earlier start was asked for, where none was', () => {
  const request = begin('--port', '0');
  expect(request).toMatchObject({ repeated: undefined, isAnswered: true });
  expect(request.options).toMatchObject({ data: undefined, port: 0 });
  request.end({ key: 'key', modelDataUrl: 's3://bucket/one' });
  expect(begin()).toMatchObject({ repeated: undefined, isAnswered: true });
});

it('is repeated where it was cut off, but for what is of one start', () => {
  expect(begin('--data', 'mine.csv', '--epochs', '2', '--fresh', '--once', '--port', '1').isAnswered).toBe(false);
  for (const again of [begin('--port', '0'), begin('--port', '0')]) {
    expect(again).toMatchObject({ repeated: '--data mine.csv --epochs 2 --port 1', isAnswered: false });
    expect(again.options).toMatchObject({ data: mine(), epochs: 2, port: 0, fresh: false, once: false });
  }
});

it('is answered once it has ended, and then is what was asked for last', () => {
  begin('--data', 'mine.csv').end();
  const again = begin();
  expect(again.isAnswered).toBe(true);
  expect(again.options.data).toEqual(mine());
});

it('gives way to another, which is repeated in its place', () => {
  begin('--data', 'mine.csv').end();
  const other = begin('--example', 'tags');
  expect(other).toMatchObject({ repeated: undefined, isAnswered: false });
  expect(begin().options).toMatchObject({ data: undefined, example: 'tags' });
});

it('is made again for another accelerator, also where that was cut off', () => {
  begin('--data', 'mine.csv').end();
  const granted = begin('--accelerator', 'granted');
  expect(granted.isAnswered).toBe(false);
  expect(granted.options).toMatchObject({ data: mine(), accelerator: 'granted' });
  expect(begin().isAnswered).toBe(false);
});

it('tells that a file is gone which it is of', () => {
  begin('--data', 'mine.csv');
  rmSync(join(workingDirectory, 'mine.csv'));
  const again = begin();
  expect(() => again.options).toThrow(new UsageError('--data: there is no file or folder mine.csv.'));
});

it('knows the model that it led to, also after others that led to none', () => {
  const key = keyOf({ training: {} }, 'defaults', 'refused');
  begin('--data', 'mine.csv').end({ key, modelDataUrl: 's3://bucket/one' });
  begin('--example', 'tags').end();
  expect(begin('--data', 'mine.csv').modelOf(key)).toBe('s3://bucket/one');
  for (const other of [
    keyOf({ training: { epochs: 1 } }, 'defaults', 'refused'),
    keyOf({ training: {} }, 'others', 'refused'),
    keyOf({ training: {} }, 'defaults', 'granted'),
  ]) {
    expect(begin('--data', 'mine.csv').modelOf(other)).toBeUndefined();
  }
});

it('is made again where an accelerator alone was asked for, and that was cut off', () => {
  expect(begin('--accelerator', 'granted')).toMatchObject({ repeated: undefined, isAnswered: false });
  expect(begin()).toMatchObject({ repeated: undefined, isAnswered: false });
});

it('is in doubt from the beginning of an execution to its end', () => {
  const request = begin('--data', 'mine.csv');
  request.executes();
  // Nothing was trained before.
  expect(begin('--data', 'mine.csv').isInDoubt).toBe(false);
  request.end({ key: 'key', modelDataUrl: 's3://bucket/one' });
  begin('--example', 'tags').executes();
  const again = begin('--data', 'mine.csv');
  expect([again.isInDoubt, again.modelOf('key')]).toEqual([true, 's3://bucket/one']);
  again.end();
  expect([begin().isInDoubt, begin().modelOf('key')]).toEqual([false, 's3://bucket/one']);
});
