import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a process ended: by itself with `code`, or by `signal`. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface GuardedProcess {
  readonly pid: number | undefined;
  /** Resolves when the process has ended and all of its output has been handed over. */
  readonly ended: Promise<Exit>;
  /** Asks the process and all that it started to end, kills what has not after the grace period, and resolves as `ended` does. */
  readonly stop: () => Promise<Exit>;
}

/**
 * Starts a program that cannot outlive this process: it and its descendants are stopped by `stop`, and likewise when this process ends in
 * any way at all, SIGKILL included.
 *
 * @param options.onLine gets each line of output, without its end
 */
export function startGuarded(
  { command, args, env }: Command,
  options: {
    readonly cwd: string;
    readonly graceSeconds: number;
    readonly onLine: (line: string, source: 'stdout' | 'stderr') => void;
  },
): GuardedProcess {
  const child = spawn('/bin/sh', [join(__dirname, 'guard.sh'), String(options.graceSeconds), command, ...args], {
    cwd: options.cwd,
    env,
    // A process group of its own: the guard ends the group, and a Ctrl-C at the terminal is for the owner to act on.
    detached: true,
    stdio: 'pipe',
  });
  // Nothing is ever written: an error here can only mean that the process is gone, which `exit` tells.
  child.stdin.on('error', () => undefined);

  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const read = (source: 'stdout' | 'stderr') =>
    readLines(child[source], (line) => {
      options.onLine(line, source);
    });
  const output = Promise.all([read('stdout'), read('stderr')]);
  const ended = exited.then(async (exit) => {
    // A descendant in another session may hold the pipes open; what it writes from here on is nobody's.
    await Promise.race([output, delay(2000, undefined, { ref: false })]);
    return exit;
  });
  return {
    pid: child.pid,
    ended,
    stop: () => {
      child.stdin.end();
      return ended;
    },
  };
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  lines.on('line', onLine);
  await once(lines, 'close');
}
