import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { main } from '../../cli/main';
import { type LocalAddress, StateFolder } from '../../local/run/state-folder';

const ROOT = join(__dirname, '..', '..');

export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user with a folder of their own, whose screen is no terminal. */
export class User {
  readonly folder = mkdtempSync(join(tmpdir(), 'cli-'));

  /** @param stateFolder of the local run */
  constructor(readonly stateFolder = mkdtempSync(join(tmpdir(), 'cli-state-'))) {}

  /** Has a local run at this address. */
  hasLocalRun(address: LocalAddress): void {
    StateFolder.open(this.stateFolder, false).tellAddress(address);
  }

  /** Types `classifier …`, with `input` on standard input. */
  async types(args: readonly string[], input = ''): Promise<Told> {
    const written = { stdout: '', stderr: '' };
    const stream = (name: keyof typeof written) =>
      new PassThrough().on('data', (chunk: Buffer) => {
        written[name] += chunk.toString();
      });
    const code = await main(args, {
      stdin: Readable.from([Buffer.from(input)]),
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      root: ROOT,
      workingDirectory: this.folder,
      stateFolder: this.stateFolder,
    });
    // What was written is handed on in the next turn.
    await new Promise(setImmediate);
    return { code, ...written };
  }
}
