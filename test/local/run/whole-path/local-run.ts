import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..', '..', '..');
export const PYTHON = join(ROOT, '.venv', 'bin', 'python');

/** A local run as a user's shell starts it. */
export class LocalRun {
  output = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor({
    stateFolder,
    args,
    project = ROOT,
  }: {
    stateFolder: string;
    args: readonly string[];
    project?: string;
  }) {
    this.child = spawn(process.execPath, [join(__dirname, 'start.mjs'), project, stateFolder, ...args], {
      env: { ...process.env, TEST_PYTHON: PYTHON, HF_HUB_OFFLINE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', resolve);
    });
  }

  /** Waits until a line of the output matches, and answers the match; fails with the output when the run ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (let ended = false; ;) {
      const match = pattern.exec(this.output);
      if (match !== null) {
        return match;
      }
      if (ended) {
        throw new Error(`the run ended without saying ${String(pattern)}:\n${this.output}`);
      }
      ended = await Promise.race([
        this.ended.then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, 50, false)),
      ]);
    }
  }

  /** Where it serves, and the API key. */
  async serving(): Promise<{ url: string; key: string }> {
    const [, url = ''] = await this.says(/^Serving +(\S+)$/m);
    const [, key = ''] = await this.says(/^API key +(\S+)$/m);
    await this.says(/^Ctrl-C/m);
    return { url, key };
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
