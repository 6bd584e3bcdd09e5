/*
 * `npm start`, from the start of the process to the first answer of POST /classify: in a fresh clone of what is committed,
 * which installs all packages and trains on the sample data, and again, which serves what was trained. Needs a quiet machine
 * and some minutes.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../local/aws/loopback';
import { interleave, milliseconds, roundsOption } from './support/rounds';
import { printTable, show } from './support/table';

const POLL_MS = 20;

/** Starts, waits for the first answer, and stops; answers the seconds to the first answer. */
async function secondsToAnswer(clone: string): Promise<number> {
  const port = await freePort();
  const run = spawn(process.execPath, [join(clone, 'local', 'run', 'launch.mjs'), '--port', String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(run, 'exit');
  const keyFile = join(clone, '.local', 'api-key');
  const time = await milliseconds(() => firstAnswer(`http://localhost:${port}/classify`, keyFile, run));
  run.kill('SIGTERM');
  await ended;
  return time / 1000;
}

async function firstAnswer(url: string, keyFile: string, run: ChildProcess): Promise<void> {
  while (!(await answers(url, keyFile))) {
    if (run.exitCode !== null) {
      throw new Error(`the local run ended with exit code ${run.exitCode} before it served`);
    }
    await pause(POLL_MS);
  }
}

async function answers(url: string, keyFile: string): Promise<boolean> {
  if (!existsSync(keyFile)) {
    return false;
  }
  try {
    const { ok } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': readFileSync(keyFile, 'utf8') },
      body: JSON.stringify({ inputs: 'The queen praised himself.' }),
    });
    return ok;
  } catch (error) {
    // fetch's word for a port that nobody listens on yet.
    if (error instanceof TypeError) {
      return false;
    }
    throw error;
  }
}

async function main(): Promise<void> {
  const rounds = roundsOption(5);
  const folder = mkdtempSync(join(tmpdir(), 'bench-start-'));
  const clone = join(folder, 'clone');
  try {
    execFileSync('git', ['clone', '--quiet', join(__dirname, '..'), clone]);
    const fresh = await secondsToAnswer(clone);
    const again = await interleave(rounds, { 'second start': () => secondsToAnswer(clone) });
    printTable(
      ['npm start, to the first answer', 'time', 'at most'],
      [
        ['fresh clone, on the sample data (once)', `${fresh.toFixed(1)} s`, '150 s'],
        ['second start', show(again['second start'], 's', 2), '5 s'],
      ],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
