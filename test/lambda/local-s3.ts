import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { type AwsServer, startAwsServer } from '../../local/aws/aws-server';
import type { Authority } from '../../local/aws/iam/iam';
import { ObjectStore } from '../../local/aws/s3/object-store';
import { S3Service } from '../../local/aws/s3/s3-service';

export const DATA_BUCKET = 'data-bucket';
export const ARTIFACTS_BUCKET = 'artifacts-bucket';

export interface LocalS3Options {
  /** @default - the application's */
  readonly buckets?: readonly string[];
  /** That the client signs with. */
  readonly accessKeyId?: string;
  /** @default - everything is allowed */
  readonly authority?: Authority;
}

/** An S3 of this process, with buckets and a client of it. */
export class LocalS3 {
  private constructor(
    readonly client: S3Client,
    readonly store: ObjectStore,
    readonly folder: string,
    private readonly server: AwsServer,
  ) {}

  static async open({
    buckets = [DATA_BUCKET, ARTIFACTS_BUCKET],
    accessKeyId = 'local',
    authority,
  }: LocalS3Options = {}): Promise<LocalS3> {
    const folder = await mkdtemp(join(tmpdir(), 's3-'));
    const store = new ObjectStore(join(folder, 'objects'));
    for (const bucket of buckets) {
      await store.createBucket(bucket);
    }
    const server = await startAwsServer({ s3: new S3Service(store, authority) });
    const credentials = { accessKeyId, secretAccessKey: 'local' };
    const client = new S3Client({ endpoint: server.url, forcePathStyle: true, region: 'us-east-1', credentials });
    return new LocalS3(client, store, folder, server);
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }

  /** Takes an object of the data bucket as JSON. */
  async json(uri: string): Promise<unknown> {
    return JSON.parse(String(await this.store.read(DATA_BUCKET, keyOf(uri))));
  }

  /** The objects of JSON lines. */
  async lines(uri: string): Promise<unknown[]> {
    const text = String(await this.store.read(DATA_BUCKET, keyOf(uri)));
    return text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  }

  async keys(prefix = ''): Promise<string[]> {
    return (await this.store.list(DATA_BUCKET, prefix)).map(({ key }) => key);
  }
}

function keyOf(uri: string): string {
  return uri.replace(`s3://${DATA_BUCKET}/`, '');
}
