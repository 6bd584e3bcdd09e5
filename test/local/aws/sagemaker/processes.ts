import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether the process still runs; one that has ended and only waits to be reaped does not. */
export function runs(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    return !state.trim().startsWith('Z');
  } catch {
    return false;
  }
}

/** Only so that a test which waits in vain ends with this error rather than with Jest's. */
const IN_VAIN_MS = 55_000;

/** Resolves once `condition` holds, however long that takes; rejects shortly before Jest gives the test up. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + IN_VAIN_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('what the test waits for did not come true');
    await delay(20);
  }
}
