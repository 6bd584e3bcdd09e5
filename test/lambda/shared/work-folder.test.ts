import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { makeWorkFolder } from '../../../lambda/shared/work-folder';

let sandbox: string;

beforeEach(async () => {
  sandbox = await mkdtemp(join(os.tmpdir(), 'sandbox-'));
  jest.spyOn(os, 'tmpdir').mockReturnValue(sandbox);
});

afterEach(async () => {
  jest.restoreAllMocks();
  delete process.env.AWS_LAMBDA_FUNCTION_NAME;
  await rm(sandbox, { recursive: true });
});

async function afterOneThatFailed(): Promise<{ left: string; folder: string }> {
  const left = await makeWorkFolder('cut');
  await writeFile(join(left, 'data.parquet'), 'as far as it came');
  await writeFile(join(sandbox, 'cutlery'), 'not of ours');
  return { left, folder: await makeWorkFolder('cut') };
}

it('has the room back that an invocation of the same sandbox took which had no end', async () => {
  process.env.AWS_LAMBDA_FUNCTION_NAME = 'cut-input';
  const { left, folder } = await afterOneThatFailed();
  expect(existsSync(left)).toBe(false);
  expect(await readdir(folder)).toEqual([]);
  expect(existsSync(join(sandbox, 'cutlery'))).toBe(true);
});

it('touches nothing outside of Lambda, where others work at the same time', async () => {
  const { left, folder } = await afterOneThatFailed();
  expect(await readdir(left)).toEqual(['data.parquet']);
  expect(folder).not.toBe(left);
});
