import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import XMLBuilder from 'fast-xml-builder';
import { XMLParser } from 'fast-xml-parser';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { account } from '../account';
import { AwsChunkedDecoder } from './aws-chunked';
import { MultipartUploads } from './multipart';
import type { ByteRange, ListedObject, ObjectStore } from './object-store';

/**
 * S3's REST protocol, path style, over an ObjectStore. Content types, user metadata and versions are not kept: every object is
 * `binary/octet-stream` and has the one version `null`. An operation outside the table below is refused with NotImplemented.
 */
export class S3Service implements AwsService {
  private readonly uploads: MultipartUploads;

  constructor(private readonly store: ObjectStore) {
    this.uploads = new MultipartUploads(store);
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      const [bucket = '', ...segments] = request.path.slice(1).split('/').map(decodeURIComponent);
      const call = { request, bucket, key: segments.join('/') };
      const name = operationName(call);
      const operation = this.operations[name];
      if (!operation) throw new S3Error(501, 'NotImplemented', `the local S3 has no operation "${name}"`);
      const refused = conditionalHeaders.find((header) => request.headers[header] !== undefined);
      if (refused) throw new S3Error(501, 'NotImplemented', `the local S3 does not know the header ${refused}`);
      const owner = request.headers['x-amz-expected-bucket-owner'];
      if (owner !== undefined && owner !== account) throw new S3Error(403, 'AccessDenied', 'Access Denied');
      return await operation(call);
    } catch (error) {
      return failure(request, error);
    }
  }

  private readonly operations: Readonly<Record<string, (call: S3Call) => Promise<AwsResponse>>> = {
    'PUT bucket': async ({ bucket }) => {
      await this.store.createBucket(bucket);
      return { status: 200 };
    },
    'HEAD bucket': async ({ bucket }) => {
      await this.store.requireBucket(bucket);
      return { status: 200 };
    },
    'DELETE bucket': async ({ bucket }) => {
      await this.store.deleteBucket(bucket);
      return { status: 204 };
    },
    'GET bucket?location': async ({ bucket }) => {
      await this.store.requireBucket(bucket);
      // Empty means us-east-1.
      return xml('LocationConstraint', '');
    },
    'GET bucket?encryption': async ({ bucket }) => {
      await this.store.requireBucket(bucket);
      return xml('ServerSideEncryptionConfiguration', {
        Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
      });
    },
    'GET bucket?versioning': async ({ bucket }) => {
      await this.store.requireBucket(bucket);
      return xml('VersioningConfiguration', '');
    },
    'GET bucket?list-type': (call) => this.listObjects(call),
    'GET bucket?versions': (call) => this.listVersions(call),
    'POST bucket?delete': (call) => this.deleteObjects(call),
    'GET object': (call) => this.getObject(call),
    'HEAD object': async ({ bucket, key }) => {
      const head = await this.store.head(bucket, key);
      return { status: 200, headers: { ...objectHeaders(head), 'content-length': String(head.size) } };
    },
    'PUT object': async ({ bucket, key, request }) => {
      const { etag } = await this.store.put(bucket, key, content(request));
      return { status: 200, headers: { etag: quoted(etag) } };
    },
    'PUT object copy': (call) => this.copyObject(call),
    'DELETE object': async ({ bucket, key }) => {
      await this.store.delete(bucket, key);
      return { status: 204 };
    },
    'POST object?uploads': async ({ bucket, key }) =>
      xml('InitiateMultipartUploadResult', {
        Bucket: bucket,
        Key: key,
        UploadId: await this.uploads.start(bucket, key),
      }),
    'PUT object?uploadId': async ({ request }) => {
      const partNumber = Number(request.query.get('partNumber'));
      const etag = await this.uploads.putPart(uploadId(request), partNumber, content(request));
      return { status: 200, headers: { etag: quoted(etag) } };
    },
    'POST object?uploadId': async ({ request }) => {
      const { CompleteMultipartUpload } = parser.parse(await text(content(request))) as CompleteMultipartUploadBody;
      const parts = CompleteMultipartUpload.Part.map(({ PartNumber, ETag }) => ({
        partNumber: Number(PartNumber),
        etag: ETag.replaceAll('"', ''),
      }));
      const { bucket, key, etag } = await this.uploads.complete(uploadId(request), parts);
      return xml('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: quoted(etag) });
    },
    'DELETE object?uploadId': async ({ request }) => {
      await this.uploads.abort(uploadId(request));
      return { status: 204 };
    },
  };

  private async getObject({ bucket, key, request }: S3Call): Promise<AwsResponse> {
    const head = await this.store.head(bucket, key);
    const range = byteRange(request.headers.range, head.size);
    return {
      status: range ? 206 : 200,
      headers: {
        ...objectHeaders(head),
        'content-length': String(range ? range.end - range.start + 1 : head.size),
        ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${head.size}` }),
      },
      body: await this.store.stream(bucket, key, range),
    };
  }

  private async copyObject({ bucket, key, request }: S3Call): Promise<AwsResponse> {
    const source = decodeURIComponent(String(request.headers['x-amz-copy-source'])).replace(/^\//, '');
    const slash = source.indexOf('/');
    const from = { bucket: source.slice(0, slash), key: source.slice(slash + 1) };
    const { etag } = await this.store.copy(from, { bucket, key });
    const { lastModified } = await this.store.head(bucket, key);
    return xml('CopyObjectResult', { ETag: quoted(etag), LastModified: lastModified.toISOString() });
  }

  private async listObjects({ bucket, request: { query } }: S3Call): Promise<AwsResponse> {
    if (query.has('delimiter')) throw new S3Error(501, 'NotImplemented', 'the local S3 lists without a delimiter');
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const { page, next } = await this.page(bucket, query, after);
    return xml('ListBucketResult', {
      Name: bucket,
      Prefix: query.get('prefix') ?? '',
      KeyCount: page.length,
      MaxKeys: pageSize(query),
      IsTruncated: next !== undefined,
      NextContinuationToken: next,
      Contents: page.map(({ key, ...head }) => ({
        Key: listedKey(key, query),
        LastModified: head.lastModified.toISOString(),
        ETag: quoted(head.etag),
        Size: head.size,
        StorageClass: 'STANDARD',
      })),
      EncodingType: query.get('encoding-type') ?? undefined,
    });
  }

  private async listVersions({ bucket, request: { query } }: S3Call): Promise<AwsResponse> {
    const { page, next } = await this.page(bucket, query, query.get('key-marker') ?? '');
    return xml('ListVersionsResult', {
      Name: bucket,
      Prefix: query.get('prefix') ?? '',
      MaxKeys: pageSize(query),
      IsTruncated: next !== undefined,
      NextKeyMarker: next,
      NextVersionIdMarker: next === undefined ? undefined : 'null',
      Version: page.map(({ key, ...head }) => ({
        Key: listedKey(key, query),
        VersionId: 'null',
        IsLatest: true,
        LastModified: head.lastModified.toISOString(),
        ETag: quoted(head.etag),
        Size: head.size,
        StorageClass: 'STANDARD',
      })),
      EncodingType: query.get('encoding-type') ?? undefined,
    });
  }

  private async page(
    bucket: string,
    query: URLSearchParams,
    after: string,
  ): Promise<{ page: ListedObject[]; next: string | undefined }> {
    const start = Buffer.from(after);
    const objects = await this.store.list(bucket, query.get('prefix') ?? '');
    const rest = objects.filter(({ key }) => Buffer.compare(Buffer.from(key), start) > 0);
    const page = rest.slice(0, pageSize(query));
    return { page, next: page.length < rest.length ? page.at(-1)?.key : undefined };
  }

  private async deleteObjects({ bucket, request }: S3Call): Promise<AwsResponse> {
    const { Delete } = parser.parse(await text(content(request))) as DeleteBody;
    const keys = Delete.Object.map(({ Key }) => Key);
    for (const key of keys) await this.store.delete(bucket, key);
    const quiet = Delete.Quiet === 'true';
    return xml('DeleteResult', { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) });
  }
}

interface S3Call {
  readonly request: AwsRequest;
  readonly bucket: string;
  readonly key: string;
}

interface CompleteMultipartUploadBody {
  readonly CompleteMultipartUpload: {
    readonly Part: readonly { readonly PartNumber: string; readonly ETag: string }[];
  };
}

interface DeleteBody {
  readonly Delete: { readonly Quiet?: string; readonly Object: readonly { readonly Key: string }[] };
}

class S3Error extends Error {
  constructor(
    readonly status: number,
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

/** The query parameters that choose an operation; the others modify one. */
const subresources = ['location', 'encryption', 'versioning', 'list-type', 'versions', 'delete', 'uploads', 'uploadId'];

/** Refused rather than ignored: a caller relies on them for correctness. */
const conditionalHeaders = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

/** A key of the operation table: `GET bucket?location`, `PUT object copy`, ... */
function operationName({ request, key }: S3Call): string {
  const subresource = subresources.find((name) => request.query.has(name));
  const target = `${request.method} ${key === '' ? 'bucket' : 'object'}${subresource ? `?${subresource}` : ''}`;
  return request.headers['x-amz-copy-source'] === undefined ? target : `${target} copy`;
}

function content(request: AwsRequest): Readable {
  if (!request.headers['content-encoding']?.includes('aws-chunked')) return request.body;
  const decoder = new AwsChunkedDecoder();
  // pipe() does not pass errors on: a client that goes away mid-upload must fail the write.
  request.body.once('error', (error) => decoder.destroy(error));
  return request.body.pipe(decoder);
}

function uploadId(request: AwsRequest): string {
  return request.query.get('uploadId') ?? '';
}

function pageSize(query: URLSearchParams): number {
  return Math.min(1000, Number(query.get('max-keys') ?? 1000));
}

/** Keys may hold characters that XML cannot: SDKs ask for percent-encoding. */
function listedKey(key: string, query: URLSearchParams): string {
  return query.get('encoding-type') === 'url' ? encodeURIComponent(key) : key;
}

/** Undefined for the whole object. Throws InvalidRange for a range that starts behind the end. */
function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable');
  return { start, end };
}

function objectHeaders(head: { etag: string; lastModified: Date }): Record<string, string> {
  return {
    etag: quoted(head.etag),
    'last-modified': head.lastModified.toUTCString(),
    'content-type': 'binary/octet-stream',
    'accept-ranges': 'bytes',
  };
}

function quoted(etag: string): string {
  return `"${etag}"`;
}

const builder = new XMLBuilder({ suppressEmptyNode: true });
const parser = new XMLParser({
  parseTagValue: false,
  trimValues: false,
  isArray: (name) => name === 'Part' || name === 'Object',
});

function xml(root: string, value: unknown, status = 200): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [root]: value })}`,
  };
}

const statuses: Readonly<Record<string, number>> = {
  NoSuchKey: 404,
  NoSuchBucket: 404,
  NoSuchUpload: 404,
  BucketNotEmpty: 409,
  InvalidBucketName: 400,
  InvalidArgument: 400,
  InvalidPart: 400,
};

function failure(request: AwsRequest, error: unknown): AwsResponse {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const status = error instanceof S3Error ? error.status : statuses[name];
  // HEAD answers have no body, so the SDK reads the status alone.
  if (request.method === 'HEAD') return { status: status ?? 500 };
  if (status === undefined) return xml('Error', { Code: 'InternalError', Message: message }, 500);
  return xml('Error', { Code: name, Message: message }, status);
}
