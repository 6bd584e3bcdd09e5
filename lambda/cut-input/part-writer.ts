import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type BatchPlaces, partName } from '../shared/batch';
import { parseS3Uri } from '../shared/s3-uri';

/** Enough that a part's way from S3 and back is nothing beside its work, and few enough that every processor gets some. */
const MOST_ROWS = 50_000;
/** A part is held in memory until it is written, whole. */
const MOST_BYTES = 64 * 1024 ** 2;

/** Writes lines to parts, one after the other. */
export class PartWriter {
  readonly #names: string[] = [];
  #lines: Buffer[] = [];
  #bytes = 0;

  constructor(
    private readonly places: BatchPlaces,
    private readonly file: number,
    private readonly s3: S3Client,
  ) {}

  /** Resolves when the next line may come. */
  async write(line: string): Promise<void> {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#lines.length === MOST_ROWS || (this.#lines.length > 0 && this.#bytes + bytes.length > MOST_BYTES)) {
      await this.#put();
    }
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
  }

  /** @returns the parts' names, in order */
  async finish(): Promise<readonly string[]> {
    if (this.#lines.length > 0) {
      await this.#put();
    }
    return this.#names;
  }

  async #put(): Promise<void> {
    const name = partName(this.file, this.#names.length);
    const { bucket, key } = parseS3Uri(this.places.parts + name);
    await this.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.concat(this.#lines) }));
    this.#names.push(name);
    this.#lines = [];
    this.#bytes = 0;
  }
}
