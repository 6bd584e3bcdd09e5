import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The code of the deployed functions, each in a folder that is named after the hash of its content. */
export class CodeFolder {
  constructor(private readonly path: string) {
    mkdirSync(path, { recursive: true });
  }

  /** The folder of that name; undefined when there is none. */
  find(key: string): string | undefined {
    const code = join(this.path, key);
    return existsSync(code) ? code : undefined;
  }

  /** Copies a folder, for what it is of goes when the application changes, while the deployed function still needs it. */
  keep(folder: string, key: string): void {
    // The name is the hash of the content, so what is there already is the same.
    if (this.find(key) === undefined) {
      const code = join(this.path, key);
      cpSync(folder, `${code}.partial`, { recursive: true });
      renameSync(`${code}.partial`, code);
    }
  }

  /** Deletes all others. */
  retain(needed: ReadonlySet<string>): void {
    for (const key of readdirSync(this.path)) {
      if (!needed.has(key)) {
        rmSync(join(this.path, key), { recursive: true });
      }
    }
  }
}
