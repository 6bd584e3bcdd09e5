import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';

export const s3Mock = mockClient(S3Client);

interface Put {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body: string | Buffer;
  readonly PartNumber: number;
}

/** Makes the mocked S3 client keep what is put, by URL; objects put here first can be read. */
export function keepObjects(): Map<string, Buffer> {
  const objects = new Map<string, Buffer>();
  const parts = new Map<string, Buffer[]>();
  const uri = ({ Bucket, Key }: Pick<Put, 'Bucket' | 'Key'>) => `s3://${Bucket}/${Key}`;

  s3Mock.reset();
  s3Mock.on(GetObjectCommand).callsFake((input: Put) => {
    const content = objects.get(uri(input));
    if (content === undefined) {
      throw new NoSuchKey({ message: 'The specified key does not exist.', $metadata: {} });
    }
    return { Body: Readable.from([content]), ContentLength: content.length, ETag: '"etag"' };
  });
  s3Mock.on(ListObjectsV2Command).callsFake(({ Bucket, Prefix }: { Bucket: string; Prefix: string }) => {
    const start = uri({ Bucket, Key: Prefix });
    const found = [...objects.keys()].filter((key) => key.startsWith(start));
    return { Contents: found.map((key) => ({ Key: key.slice(`s3://${Bucket}/`.length) })) };
  });
  s3Mock.on(PutObjectCommand).callsFake((input: Put) => {
    objects.set(uri(input), Buffer.from(input.Body));
    return {};
  });
  s3Mock.on(CreateMultipartUploadCommand).callsFake(async (input: Put) => {
    parts.set(uri(input), []);
    return Promise.resolve({ UploadId: 'upload' });
  });
  s3Mock.on(UploadPartCommand).callsFake((input: Put) => {
    const received = parts.get(uri(input)) ?? [];
    received[input.PartNumber - 1] = Buffer.from(input.Body);
    return { ETag: `"${input.PartNumber}"` };
  });
  s3Mock.on(CompleteMultipartUploadCommand).callsFake((input: Put) => {
    objects.set(uri(input), Buffer.concat(parts.get(uri(input)) ?? []));
    return {};
  });
  s3Mock.on(AbortMultipartUploadCommand).resolves({});
  return objects;
}
