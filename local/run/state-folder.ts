import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './options';

/** Raised whenever what lies in the folder would be misread by this version. */
const VERSION = 1;

/** How other processes of this machine reach a run. */
export interface LocalAddress {
  /** Of the stand-ins of AWS: the value for AWS_ENDPOINT_URL. */
  readonly awsUrl: string;
  /** Where POST requests go; undefined in a run that serves nothing. */
  readonly classifyUrl?: string;
  /** Undefined where the API takes none. */
  readonly apiKey?: string;
}

const ADDRESS = 'address.json';

/** The one ignored folder that everything of a local run is kept in. One run at a time owns it. */
export class StateFolder {
  private readonly lock: string;

  private constructor(readonly path: string) {
    this.lock = join(path, 'owner');
  }

  /**
   * @param fresh forgets what is there
   * @throws UsageError when another run owns the folder, or another version wrote it
   */
  static open(path: string, fresh: boolean): StateFolder {
    const folder = new StateFolder(path);
    folder.acquire();
    const versionFile = join(path, 'version');
    const version = readIfThere(versionFile);
    if (fresh) {
      rmSync(path, { recursive: true });
      folder.acquire();
    } else if (version !== undefined && version !== String(VERSION)) {
      folder.release();
      throw new UsageError(
        `${path} was written by another version of this program: start over with npm start -- --fresh.`,
      );
    }
    writeFileSync(versionFile, String(VERSION));
    return folder;
  }

  /** A path inside. */
  at(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  /** What `write` kept under this name, or undefined. */
  read(name: string): string | undefined {
    return readIfThere(this.at(name));
  }

  /** Keeps a text, whole or not at all. */
  write(name: string, text: string): void {
    const partial = this.at(`${name}.partial`);
    writeFileSync(partial, text);
    renameSync(partial, this.at(name));
  }

  /** Tells other processes how to reach the run that owns the folder, until it is released. */
  tellAddress(address: LocalAddress): void {
    this.write(ADDRESS, JSON.stringify(address));
  }

  /** How to reach the run that owns a folder; undefined where none does, or where it has not told yet. */
  static addressIn(path: string): LocalAddress | undefined {
    const folder = new StateFolder(path);
    const address = folder.read(ADDRESS);
    return address !== undefined && isRunning(Number(readIfThere(folder.lock)))
      ? (JSON.parse(address) as LocalAddress)
      : undefined;
  }

  release(): void {
    rmSync(this.at(ADDRESS), { force: true });
    rmSync(this.lock, { force: true });
  }

  private acquire(): void {
    mkdirSync(this.path, { recursive: true });
    const owner = Number(readIfThere(this.lock));
    if (owner !== process.pid && isRunning(owner)) {
      throw new UsageError(`Another local run (process ${owner}) is using ${this.path}: stop it first.`);
    }
    writeFileSync(this.lock, String(process.pid));
    // Of a run that was killed.
    rmSync(this.at(ADDRESS), { force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

function isRunning(pid: number): boolean {
  if (!(pid > 0)) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
