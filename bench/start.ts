/*
 * `npm start`, from the start of the process to the first answer of POST /classify: fresh, which trains on the sample
 * data, and again, which serves what was trained. Needs a quiet machine and some minutes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../local/loopback';
import { interleave, milliseconds, roundsOption } from './support/rounds';
import { printTable, show } from './support/table';

const POLL_MS = 20;

/** Starts, waits for the first answer, and stops; answers the seconds to the first answer. */
async function secondsToAnswer(stateFolder: string): Promise<number> {
  const port = await freePort();
  const script = join(__dirname, 'support', 'start.mjs');
  const run = spawn(process.execPath, [script, stateFolder, '--port', String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(run, 'exit');
  const time = await milliseconds(() => firstAnswer(`http://localhost:${port}/classify`, stateFolder, run));
  run.kill('SIGTERM');
  await ended;
  return time / 1000;
}

async function firstAnswer(url: string, stateFolder: string, run: ChildProcess): Promise<void> {
  while (!(await answers(url, stateFolder))) {
    if (run.exitCode !== null) {
      throw new Error(`the local run ended with exit code ${run.exitCode} before it served`);
    }
    await pause(POLL_MS);
  }
}

async function answers(url: string, stateFolder: string): Promise<boolean> {
  const keyFile = join(stateFolder, 'api-key');
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
  const state = join(folder, 'state');
  try {
    const fresh = await secondsToAnswer(state);
    const again = await interleave(rounds, { 'second start': () => secondsToAnswer(state) });
    printTable(
      ['npm start, to the first answer', 'time', 'at most'],
      [
        ['fresh, on the sample data (once)', `${fresh.toFixed(1)} s`, '150 s'],
        ['second start', show(again['second start'], 's', 2), '5 s'],
      ],
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
