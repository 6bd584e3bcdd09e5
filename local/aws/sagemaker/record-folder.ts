import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** JSON records by name, one file each, so that they outlive this process. */
export class RecordFolder<Item> {
  constructor(private readonly folder: string) {}

  async read(name: string): Promise<Item | undefined> {
    try {
      return JSON.parse(await readFile(this.file(name), 'utf8')) as Item;
    } catch (error) {
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async write(name: string, item: Item): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${this.file(name)}.partial`, JSON.stringify(item, undefined, 2));
    await rename(`${this.file(name)}.partial`, this.file(name));
  }

  async delete(name: string): Promise<void> {
    await rm(this.file(name), { force: true });
  }

  private file(name: string): string {
    return join(this.folder, `${encodeURIComponent(name)}.json`);
  }
}
