import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRun, PYTHON } from './local-run';

const MINUTE = 60_000;
jest.setTimeout(4 * MINUTE);

const folder = mkdtempSync(join(tmpdir(), 'candidates-'));
const baseModel = join(folder, 'base-model');
const data = join(folder, 'sentences.csv');
const input = join(folder, 'input.json');

async function outcome(training: object): Promise<{ code: number | null; output: string }> {
  writeFileSync(input, JSON.stringify({ training, gate: { minimum: -1, metric: 'accuracy' } }));
  const args = ['--data', data, '--base-model', baseModel, '--epochs', '1', '--input', input, '--once'];
  const local = new LocalRun({ stateFolder: join(folder, 'state'), args });
  return { code: await local.ended, output: local.output };
}

beforeAll(() => {
  execFileSync(PYTHON, [join(__dirname, 'tiny_base_model.py'), baseModel], {
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  });
  const rows = Array.from({ length: 60 }, (_, row) => `the ${row % 2 ? 'cat' : 'dog'} sleeps ${row},${row % 2}`);
  writeFileSync(data, ['text,label', ...rows, ''].join('\n'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('trains each candidate, serves the best, and tells what became of all', async () => {
  const { code, output } = await outcome({
    candidates: [{ learningRate: 0.001, epochs: 3 }, { learningRate: 0.000001 }, { baseModel: 'no-such-model' }],
  });
  expect(output).toMatch(/^ {4}TrainCandidates\[2\]$/m);
  // The labels, which other tables are of, are numbers too.
  const row = (place: number) =>
    new RegExp(`^ {4}(${place} (?:epochs|learningRate|baseModel) .*?) +(\\S+) +(\\S+) +(\\S+)$`, 'm').exec(output) ??
    [];
  const [, , first, seconds, cost] = row(0);
  const [, , second] = row(1);
  expect(row(2).slice(1, 3)).toEqual(['2 baseModel no-such-model', '-']);
  expect(Number(seconds)).toBeGreaterThan(0);
  expect(Number(cost)).toBeGreaterThanOrEqual(0);
  expect(output).toMatch(/^ {4}Candidate 2 failed: .*no-such-model/m);
  expect(output).toContain(`Candidate ${Number(first) >= Number(second) ? 0 : 1} was taken.`);
  expect(output).toMatch(/^ {2}SmokeTest /m);
  expect(code).toBe(0);
});

it('fails with the reason of each where all fail, and serves what it served', async () => {
  const { code, output } = await outcome({ candidates: [{ baseModel: 'no-such-model' }, { baseModel: 'nor-this' }] });
  expect(output).toMatch(
    /^The pipeline failed: ChooseCandidate failed: none of 2 candidates .*no-such-model.*nor-this/m,
  );
  expect(output).not.toContain('Traceback');
  expect(code).toBe(1);
});
