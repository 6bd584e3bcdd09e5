import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ObjectStore } from '../s3/object-store';
import { parseS3Location } from './s3-location';

/** SageMaker does not say how often it looks. */
const INTERVAL_MS = 5000;

/**
 * Copies what a job writes into a folder to S3, while it runs and once more at its end, so that it is there whatever becomes of
 * the job: its checkpoints, or an output whose S3UploadMode is Continuous. A file that is deleted stays in S3.
 */
export class FolderUpload {
  /** Of each file, when it was changed that was copied last. */
  private readonly copied = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;
  private copying: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: ObjectStore,
    private readonly s3Uri: string,
    private readonly directory: string,
  ) {
    this.timer = setInterval(() => {
      // A file may be replaced meanwhile. The last copy tells of what is wrong for good.
      this.copying = this.copying.then(() => this.copy()).catch(() => undefined);
    }, INTERVAL_MS);
    this.timer.unref();
  }

  /** Copies what is left, when nothing is written any more. */
  async finish(): Promise<void> {
    clearInterval(this.timer);
    await this.copying;
    await this.copy();
  }

  private async copy(): Promise<void> {
    const { bucket, key } = parseS3Location(this.s3Uri);
    for (const entry of await readdir(this.directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const { mtimeMs, size } = await stat(path);
      const changed = `${mtimeMs} ${size}`;
      if (this.copied.get(path) === changed) continue;
      const name = `${key.replace(/\/$/, '')}/${relative(this.directory, path)}`;
      await this.store.put(bucket, name, createReadStream(path));
      this.copied.set(path, changed);
    }
  }
}
