import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ApiError } from '../api-error';
import type { ObjectStore } from './object-store';

export class NoSuchUpload extends ApiError {
  constructor(uploadId: string) {
    super('NoSuchUpload', `there is no multipart upload ${uploadId}: it was completed, aborted or never started`, 404);
  }
}

export class InvalidPart extends ApiError {
  constructor(partNumber: number) {
    super('InvalidPart', `part ${partNumber} was not uploaded, or its ETag is another`, 400);
  }
}

interface Upload {
  readonly bucket: string;
  readonly key: string;
  /** ETag by part number. */
  readonly parts: Map<number, string>;
}

export interface CompletedPart {
  readonly partNumber: number;
  readonly etag: string;
}

/** Multipart uploads of one process. Parts are objects of a bucket of their own until the upload is complete, so readers never see half an object. */
export class MultipartUploads {
  private readonly uploads = new Map<string, Upload>();

  constructor(private readonly store: ObjectStore) {}

  async start(bucket: string, key: string): Promise<string> {
    await this.store.requireBucket(bucket);
    await this.store.createBucket(partsBucket);
    const uploadId = randomUUID();
    this.uploads.set(uploadId, { bucket, key, parts: new Map() });
    return uploadId;
  }

  /** Stores one part and answers its ETag. Throws NoSuchUpload. */
  async putPart(uploadId: string, partNumber: number, body: Readable): Promise<string> {
    const upload = this.find(uploadId);
    const { etag } = await this.store.put(partsBucket, partKey(uploadId, partNumber), body);
    upload.parts.set(partNumber, etag);
    return etag;
  }

  /** Joins the parts, in the order given, into the object. Throws NoSuchUpload and InvalidPart. */
  async complete(uploadId: string, parts: readonly CompletedPart[]): Promise<Upload & { readonly etag: string }> {
    const upload = this.find(uploadId);
    const wrong = parts.find(({ partNumber, etag }) => upload.parts.get(partNumber) !== etag);
    if (wrong) throw new InvalidPart(wrong.partNumber);
    const { etag } = await this.store.put(upload.bucket, upload.key, Readable.from(this.bytes(uploadId, parts)));
    await this.abort(uploadId);
    return { ...upload, etag };
  }

  /** Forgets the upload and deletes its parts. Throws NoSuchUpload. */
  async abort(uploadId: string): Promise<void> {
    const upload = this.find(uploadId);
    this.uploads.delete(uploadId);
    for (const partNumber of upload.parts.keys()) await this.store.delete(partsBucket, partKey(uploadId, partNumber));
  }

  private find(uploadId: string): Upload {
    const upload = this.uploads.get(uploadId);
    if (!upload) throw new NoSuchUpload(uploadId);
    return upload;
  }

  private async *bytes(uploadId: string, parts: readonly CompletedPart[]): AsyncGenerator<Buffer> {
    for (const { partNumber } of parts) {
      for await (const chunk of await this.store.stream(partsBucket, partKey(uploadId, partNumber)))
        yield chunk as Buffer;
    }
  }
}

const partsBucket = 'multipart-upload-parts';

function partKey(uploadId: string, partNumber: number): string {
  return `${uploadId}/${partNumber}`;
}
