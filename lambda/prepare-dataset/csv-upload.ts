import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { parseS3Uri } from '../shared/s3-uri';

const BLOCK_BYTES = 64 * 1024;

/**
 * A CSV object that is written line by line while S3 already receives it. The object comes into being with `finish`;
 * until then nothing of it can be seen.
 */
export class CsvUpload {
  readonly #body = new PassThrough();
  readonly #uploaded: Promise<unknown>;
  #block: Buffer[];
  #blockBytes = 0;

  constructor(s3: S3Client, uri: string, header: string) {
    const { bucket, key } = parseS3Uri(uri);
    const params = { Bucket: bucket, Key: key, Body: this.#body, ContentType: 'text/csv' };
    this.#block = [Buffer.from(header)];
    this.#uploaded = new Upload({ client: s3, params }).done();
    // Every method awaits #uploaded, but perhaps only after it failed, which Node would take for an unhandled rejection.
    this.#uploaded.catch(() => undefined);
    this.#body.on('error', () => undefined);
  }

  /**
   * Resolves when the next line may come.
   *
   * @throws S3's error when the upload failed
   */
  async write(line: Buffer): Promise<void> {
    this.#block.push(line);
    this.#blockBytes += line.length;
    if (this.#blockBytes >= BLOCK_BYTES) {
      await this.#flush();
    }
  }

  /** Resolves when the object is in S3. */
  async finish(): Promise<void> {
    await this.#flush();
    this.#body.end();
    await this.#uploaded;
  }

  /** Gives up: S3 drops what it has received. */
  async abort(): Promise<void> {
    this.#body.destroy(new Error('the dataset was refused'));
    await this.#uploaded.catch(() => undefined);
  }

  async #flush(): Promise<void> {
    if (this.#body.destroyed) {
      await this.#uploaded;
    }
    const block = Buffer.concat(this.#block);
    this.#block = [];
    this.#blockBytes = 0;
    if (!this.#body.write(block)) {
      // A failed upload no longer reads, so that the stream would never drain.
      await Promise.race([once(this.#body, 'drain'), this.#uploaded]);
    }
  }
}
