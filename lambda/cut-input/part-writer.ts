import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type BatchPlaces, partName, rowsOfPart } from '../shared/batch';
import { parseS3Uri } from '../shared/s3-uri';

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
    const isFull = this.#lines.length === rowsOfPart(this.#names.length);
    if (isFull || (this.#lines.length > 0 && this.#bytes + bytes.length > MOST_BYTES)) {
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
