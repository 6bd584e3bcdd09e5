import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed } from './failure';
import { disown, OWNER, own, ownerOf } from './owner.cjs';

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
  private constructor(readonly path: string) {}

  /**
   * @param fresh forgets what is there
   * @throws CommandFailed when another run owns the folder, or another version wrote it
   */
  static open(path: string, fresh: boolean): StateFolder {
    const folder = new StateFolder(path);
    const owner = own(path);
    if (owner !== undefined) {
      throw new CommandFailed(`Another local run (process ${owner}) is using ${path}: stop it first.`);
    }
    // Of a run that was killed.
    rmSync(folder.at(ADDRESS), { force: true });
    const versionFile = join(path, 'version');
    const version = readIfThere(versionFile);
    if (fresh) {
      for (const name of readdirSync(path).filter((each) => each !== OWNER)) {
        rmSync(join(path, name), { recursive: true });
      }
    } else if (version !== undefined && version !== String(VERSION)) {
      folder.release();
      throw new CommandFailed(
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
    return address !== undefined && ownerOf(path) !== undefined ? (JSON.parse(address) as LocalAddress) : undefined;
  }

  release(): void {
    rmSync(this.at(ADDRESS), { force: true });
    disown(this.path);
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
