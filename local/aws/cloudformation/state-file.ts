import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * A JSON file that follows a value in memory. A write replaces the whole file at once (a temporary file is renamed), so a crash leaves the
 * state of the last completed write.
 */
export class StateFile {
  private dirty = false;
  private writing: Promise<void> | undefined;
  private failure: Error | undefined;

  constructor(
    private readonly path: string,
    private readonly version: number,
    private readonly current: () => unknown,
  ) {}

  /** The value of the file; undefined when there is none. Throws when another version of this program wrote it. */
  async read(): Promise<unknown> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const { version, value } = JSON.parse(text) as { version: unknown; value: unknown };
    if (version !== this.version) {
      throw new Error(`${this.path} was written by another version of this program: start over with --fresh`);
    }
    return value;
  }

  /** Has the value written soon; changes that follow each other quickly share a write. */
  save(): void {
    this.dirty = true;
    this.writing ??= this.write().catch((error: unknown) => {
      this.failure = error as Error;
    });
  }

  /** Resolves when everything saved so far is on disk. Throws when a write failed. */
  async flush(): Promise<void> {
    await this.writing;
    if (this.failure) throw this.failure;
  }

  private async write(): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    while (this.dirty) {
      this.dirty = false;
      const temporary = `${this.path}.partial`;
      await writeFile(temporary, JSON.stringify({ version: this.version, value: this.current() }));
      await rename(temporary, this.path);
    }
    this.writing = undefined;
  }
}
