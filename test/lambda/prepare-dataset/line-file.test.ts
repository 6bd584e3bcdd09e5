import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LineFile } from '../../../lambda/prepare-dataset/line-file';

const folder = mkdtempSync(join(tmpdir(), 'line-file-'));

it('gives back its lines, in order, whatever is in them', async () => {
  const file = new LineFile(join(folder, 'lines'), 100);
  const lines = ['one\n', 'with "a\nbreak"\n', 'größer\n'];
  for (const line of lines) {
    await file.write(line);
  }
  const read: string[] = [];
  for await (const line of file.lines()) {
    read.push(line.toString());
  }
  expect(read).toEqual(lines);
});

it('holds its file from the beginning: a dataset that is refused at once takes its folder away', async () => {
  const errors: unknown[] = [];
  const listen = (error: unknown): unknown => errors.push(error);
  process.on('uncaughtException', listen);
  const file = new LineFile(join(folder, 'lines'), 100);
  rmSync(folder, { recursive: true });
  await pause(50);
  file.close();
  process.off('uncaughtException', listen);
  expect(errors).toEqual([]);
});
