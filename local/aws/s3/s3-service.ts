import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { XMLParser } from 'fast-xml-parser';
import { account, region } from '../account';
import { ApiError } from '../api-error';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import type { Access } from '../iam/evaluation';
import { type Authority, everythingAllowed } from '../iam/iam';
import { toXml } from '../xml';
import { AwsChunkedDecoder } from './aws-chunked';
import { MultipartUploads } from './multipart';
import { NoSuchKey, type ObjectHead, type ObjectLocation, type ObjectStore, PreconditionFailed } from './object-store';
import {
  byteRange,
  checkReadConditions,
  type Header,
  notImplemented,
  quoted,
  unquoted,
  writeCondition,
} from './request-headers';

interface S3Call {
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly header: Header;
  /** Without the framing that clients put around it. */
  readonly body: () => Readable;
}

interface S3Operation {
  /** Method and target: `GET bucket?location`, `PUT object copy`, ... */
  readonly route: string;
  /** The headers and query parameters that it carries out. Any other of S3's is refused. */
  readonly takes: readonly string[];
  /** What it asks leave for. */
  readonly asks: (call: S3Call) => readonly Access[];
  readonly run: (call: S3Call) => Promise<AwsResponse>;
}

/** Of a page of ListBuckets. */
const MOST_BUCKETS = 10_000;

/** The query parameters that choose an operation; the others modify one. */
const subresources = ['location', 'encryption', 'list-type', 'uploads', 'uploadId'];

/** Headers of HTTP's that S3 gives a meaning, and its own. */
const meaningful = /^(x-amz-|if-|range$|cache-control$|expires$|content-(disposition|encoding|language)$)/;

/** Headers and query parameters of any operation that are taken without effect: the reason by a pattern of their names. */
export const recordedParameters: Readonly<Record<string, string>> = {
  'x-amz-(checksum-.*|sdk-checksum-algorithm|trailer|decoded-content-length)': 'loopback loses nothing',
  'x-amz-(date|content-sha256|security-token|user-agent|algorithm|credential|expires|signature|signedheaders)':
    'the signature is not verified',
  'x-amz-server-side-encryption': 'what lies on this machine is not encrypted',
  'x-id': 'the name of the operation, for logs',
};
const recorded = new RegExp(`^(${Object.keys(recordedParameters).join('|')})$`, 'i');

/**
 * S3's REST protocol, path style, over an ObjectStore. Content types are not kept: every object is `binary/octet-stream`. An operation, a
 * header and a query parameter that are not carried out are refused with NotImplemented.
 */
export class S3Service implements AwsService {
  private readonly uploads: MultipartUploads;

  constructor(
    private readonly store: ObjectStore,
    private readonly authority: Authority = everythingAllowed,
  ) {
    this.uploads = new MultipartUploads(store);
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      const [bucket = '', ...segments] = request.path.slice(1).split('/').map(decodeURIComponent);
      const key = segments.join('/');
      const header = (name: string) => request.headers[name]?.toString();
      const route = routeOf(request, bucket, key);
      const [name, operation] = Object.entries(this.operations).find(([, each]) => each.route === route) ?? [];
      if (!operation) throw notImplemented(`has no operation "${route}"`);
      const given = [...request.query.keys(), ...Object.keys(request.headers).filter((each) => meaningful.test(each))];
      const known = [...subresources, ...operation.takes, 'x-amz-expected-bucket-owner'];
      const unknown = given.find((each) => !known.includes(each) && !recorded.test(each));
      // The framing of a body, which is taken off, is an encoding too.
      if (unknown && header(unknown) !== 'aws-chunked')
        throw notImplemented(`does not carry out ${unknown} of ${name}`);
      const owner = header('x-amz-expected-bucket-owner') ?? account;
      if (owner !== account) throw new ApiError('AccessDenied', 'Access Denied', 403);
      const call: S3Call = { bucket, key, query: request.query, header, body: () => content(request) };
      for (const access of operation.asks(call)) this.authority.require(request.accessKeyId, access);
      return await operation.run(call).catch((error: unknown) => this.veiled(request, error));
    } catch (error) {
      return failure(request, error);
    }
  }

  /** That there is no such object is told only to those who may list the bucket. */
  private veiled({ accessKeyId }: AwsRequest, error: unknown): never {
    if (error instanceof NoSuchKey) this.authority.require(accessKeyId, listing(error.bucket));
    throw error;
  }

  readonly operations: Readonly<Record<string, S3Operation>> = {
    ListBuckets: {
      route: 'GET account',
      takes: ['prefix', 'bucket-region', 'max-buckets', 'continuation-token'],
      asks: () => [{ action: 's3:ListAllMyBuckets', resource: 'arn:aws:s3:::*' }],
      run: (call) => this.listBuckets(call),
    },
    GetBucketLocation: {
      route: 'GET bucket?location',
      takes: [],
      asks: ({ bucket }) => [{ action: 's3:GetBucketLocation', resource: `arn:aws:s3:::${bucket}` }],
      run: async ({ bucket }) => {
        await this.store.requireBucket(bucket);
        // Empty means us-east-1.
        return xml('LocationConstraint', '');
      },
    },
    GetBucketEncryption: {
      route: 'GET bucket?encryption',
      takes: [],
      asks: ({ bucket }) => [{ action: 's3:GetEncryptionConfiguration', resource: `arn:aws:s3:::${bucket}` }],
      run: async ({ bucket }) => {
        await this.store.requireBucket(bucket);
        return xml('ServerSideEncryptionConfiguration', {
          Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
        });
      },
    },
    ListObjectsV2: {
      route: 'GET bucket?list-type',
      takes: ['prefix', 'max-keys', 'continuation-token', 'start-after', 'encoding-type'],
      asks: ({ bucket, query }) => [listing(bucket, query.get('prefix') ?? undefined)],
      run: (call) => this.listObjects(call),
    },
    GetObject: {
      route: 'GET object',
      takes: ['range', 'if-match', 'if-none-match'],
      asks: (call) => [reading(call)],
      run: (call) => this.getObject(call),
    },
    HeadObject: {
      route: 'HEAD object',
      takes: ['if-match', 'if-none-match'],
      asks: (call) => [reading(call)],
      run: async ({ bucket, key, header }) => {
        const head = await this.store.head(bucket, key);
        checkReadConditions(head, header);
        return { status: 200, headers: { ...objectHeaders(head), 'content-length': String(head.size) } };
      },
    },
    PutObject: {
      route: 'PUT object',
      takes: ['if-match', 'if-none-match'],
      asks: (call) => [writing(call)],
      run: async ({ bucket, key, header, body }) => {
        const { etag } = await this.store.put(bucket, key, body(), writeCondition(header));
        return { status: 200, headers: { etag: quoted(etag) } };
      },
    },
    CopyObject: {
      route: 'PUT object copy',
      takes: ['x-amz-copy-source', 'x-amz-copy-source-if-match'],
      asks: (call) => [reading(copySource(call.header)), writing(call)],
      run: (call) => this.copyObject(call),
    },
    CreateMultipartUpload: {
      route: 'POST object?uploads',
      takes: [],
      asks: (call) => [writing(call)],
      run: async ({ bucket, key }) => {
        const UploadId = await this.uploads.start(bucket, key);
        return xml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId });
      },
    },
    UploadPart: {
      route: 'PUT object?uploadId',
      takes: ['partNumber'],
      asks: (call) => [writing(call)],
      run: async (call) => {
        const etag = await this.uploads.putPart(uploadId(call), Number(call.query.get('partNumber')), call.body());
        return { status: 200, headers: { etag: quoted(etag) } };
      },
    },
    CompleteMultipartUpload: {
      route: 'POST object?uploadId',
      takes: [],
      asks: (call) => [writing(call)],
      run: async (call) => {
        const { CompleteMultipartUpload } = parser.parse(await text(call.body())) as CompleteMultipartUploadBody;
        const parts = CompleteMultipartUpload.Part.map(({ PartNumber, ETag }) => ({
          partNumber: Number(PartNumber),
          etag: unquoted(ETag),
        }));
        const { bucket, key, etag } = await this.uploads.complete(uploadId(call), parts);
        return xml('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: quoted(etag) });
      },
    },
    AbortMultipartUpload: {
      route: 'DELETE object?uploadId',
      takes: [],
      asks: ({ bucket, key }) => [{ action: 's3:AbortMultipartUpload', resource: `arn:aws:s3:::${bucket}/${key}` }],
      run: async (call) => {
        await this.uploads.abort(uploadId(call));
        return { status: 204 };
      },
    },
  };

  private async listBuckets({ query }: S3Call): Promise<AwsResponse> {
    const [prefix, size] = [query.get('prefix') ?? '', Number(query.get('max-buckets') ?? MOST_BUCKETS)];
    if (!Number.isInteger(size) || size < 1 || size > MOST_BUCKETS) {
      throw new ApiError('InvalidArgument', `max-buckets must be between 1 and ${MOST_BUCKETS}`, 400);
    }
    // All buckets are in the one region that there is here.
    const inRegion = (query.get('bucket-region') ?? region) === region ? await this.store.listBuckets() : [];
    const after = query.get('continuation-token') ?? '';
    const rest = inRegion.filter(({ name }) => name.startsWith(prefix) && name > after);
    const page = rest.slice(0, size);
    return xml('ListAllMyBucketsResult', {
      Buckets: {
        Bucket: page.map(({ name, createdAt }) => ({
          Name: name,
          CreationDate: createdAt.toISOString(),
          BucketRegion: region,
        })),
      },
      Prefix: query.get('prefix') ?? undefined,
      ContinuationToken: page.length < rest.length ? page.at(-1)?.name : undefined,
    });
  }

  private async getObject({ bucket, key, header }: S3Call): Promise<AwsResponse> {
    const object = await this.store.open(bucket, key);
    const { head } = object;
    try {
      checkReadConditions(head, header);
      const range = byteRange(header('range'), head.size);
      return {
        status: range ? 206 : 200,
        headers: {
          ...objectHeaders(head),
          'content-length': String(range ? range.end - range.start + 1 : head.size),
          ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${head.size}` }),
        },
        body: object.stream(range),
      };
    } catch (error) {
      await object.close();
      throw error;
    }
  }

  private async copyObject({ bucket, key, header }: S3Call): Promise<AwsResponse> {
    const source = copySource(header);
    const object = await this.store.open(source.bucket, source.key);
    const wanted = header('x-amz-copy-source-if-match');
    if (wanted !== undefined && unquoted(wanted) !== object.head.etag) {
      await object.close();
      throw new PreconditionFailed();
    }
    const { etag } = await this.store.put(bucket, key, object.stream());
    const { lastModified } = await this.store.head(bucket, key);
    return xml('CopyObjectResult', { ETag: quoted(etag), LastModified: lastModified.toISOString() });
  }

  private async listObjects({ bucket, query }: S3Call): Promise<AwsResponse> {
    const [prefix, size] = [query.get('prefix') ?? '', Math.min(1000, Number(query.get('max-keys') ?? 1000))];
    const after = Buffer.from(query.get('continuation-token') ?? query.get('start-after') ?? '');
    const objects = await this.store.list(bucket, prefix);
    const rest = objects.filter(({ key }) => Buffer.compare(Buffer.from(key), after) > 0);
    const page = rest.slice(0, size);
    // Keys may hold characters that XML cannot: SDKs ask for percent-encoding.
    const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (key: string) => key;
    return xml('ListBucketResult', {
      Name: bucket,
      Prefix: prefix,
      KeyCount: page.length,
      MaxKeys: size,
      IsTruncated: page.length < rest.length,
      NextContinuationToken: page.length < rest.length ? page.at(-1)?.key : undefined,
      Contents: page.map(({ key, lastModified, etag, size: Size }) => ({
        Key: encode(key),
        LastModified: lastModified.toISOString(),
        ETag: quoted(etag),
        Size,
        StorageClass: 'STANDARD',
      })),
      EncodingType: query.get('encoding-type') ?? undefined,
    });
  }
}

interface CompleteMultipartUploadBody {
  readonly CompleteMultipartUpload: {
    readonly Part: readonly { readonly PartNumber: string; readonly ETag: string }[];
  };
}

function routeOf({ method, query, headers }: AwsRequest, bucket: string, key: string): string {
  const subresource = subresources.find((name) => query.has(name));
  const level = bucket === '' ? 'account' : key === '' ? 'bucket' : 'object';
  const target = `${method} ${level}${subresource ? `?${subresource}` : ''}`;
  return headers['x-amz-copy-source'] === undefined ? target : `${target} copy`;
}

function content(request: AwsRequest): Readable {
  if (!request.headers['content-encoding']?.includes('aws-chunked')) return request.body;
  const decoder = new AwsChunkedDecoder();
  // pipe() does not pass errors on: a client that goes away mid-upload must fail the write.
  request.body.once('error', (error) => decoder.destroy(error));
  return request.body.pipe(decoder);
}

function copySource(header: Header): ObjectLocation {
  const source = decodeURIComponent(header('x-amz-copy-source') ?? '').replace(/^\//, '');
  const slash = source.indexOf('/');
  return { bucket: source.slice(0, slash), key: source.slice(slash + 1) };
}

function reading({ bucket, key }: ObjectLocation): Access {
  return { action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/${key}` };
}

/** Parts are written, and an upload is completed, by the same leave. */
function writing({ bucket, key }: ObjectLocation): Access {
  return { action: 's3:PutObject', resource: `arn:aws:s3:::${bucket}/${key}` };
}

function listing(bucket: string, prefix?: string): Access {
  return { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}`, context: { 's3:prefix': prefix } };
}

function uploadId({ query }: S3Call): string {
  return query.get('uploadId') ?? '';
}

function objectHeaders(head: ObjectHead): Record<string, string> {
  return {
    etag: quoted(head.etag),
    'last-modified': head.lastModified.toUTCString(),
    'content-type': 'binary/octet-stream',
    'accept-ranges': 'bytes',
  };
}

const parser = new XMLParser({ parseTagValue: false, trimValues: false, isArray: (name) => name === 'Part' });

function xml(root: string, value: unknown, status = 200): AwsResponse {
  return { status, headers: { 'content-type': 'application/xml' }, body: toXml({ [root]: value }) };
}

function failure(request: AwsRequest, error: unknown): AwsResponse {
  const { name, message, status } =
    error instanceof ApiError ? error : new ApiError('InternalError', String(error), 500);
  // These have no body, so the SDK reads the status alone.
  if (request.method === 'HEAD' || status === 304) return { status };
  return xml('Error', { Code: name, Message: message }, status);
}
