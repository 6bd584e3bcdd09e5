import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { startAwsServer, type AwsRequest, type AwsServer } from '../../../local/aws/aws-server';

let server: AwsServer;
const requests: AwsRequest[] = [];
const scope = 'AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/echo/aws4_request, SignedHeaders=host, Signature=00';

beforeAll(async () => {
  server = await startAwsServer({
    echo: {
      operations: {},
      handle: async (request) => {
        requests.push(request);
        return { status: 201, headers: { 'x-answer': 'yes' }, body: Readable.from([await text(request.body)]) };
      },
    },
    broken: { operations: {}, handle: () => Promise.reject(new Error('a bug')) },
  });
});
afterAll(() => server.close());

test('listens on loopback only', () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test('hands a request to the service of its signature, with the raw path', async () => {
  const answer = await fetch(`${server.url}/a%2Fb/c?x=1&y`, {
    method: 'POST',
    headers: { authorization: scope },
    body: 'hello',
  });
  expect([answer.status, answer.headers.get('x-answer'), await answer.text()]).toEqual([201, 'yes', 'hello']);
  const { accessKeyId, method, path, query } = requests.at(-1) ?? {};
  expect([accessKeyId, method, path, query?.get('x'), query?.has('y')]).toEqual(['key', 'POST', '/a%2Fb/c', '1', true]);
});

test('reads the service of a presigned URL', async () => {
  const credential = encodeURIComponent('key/20260101/us-east-1/echo/aws4_request');
  expect((await fetch(`${server.url}/?X-Amz-Credential=${credential}`)).status).toBe(201);
  expect(requests.at(-1)?.accessKeyId).toBe('key');
});

test.each([
  [{}, 403, 'MissingAuthenticationToken', 'no SigV4 signature'],
  [{ authorization: 'Bearer x' }, 403, 'MissingAuthenticationToken', 'no SigV4 signature'],
  [{ authorization: scope.replace('echo', 'nosuch') }, 404, 'UnknownService', '"nosuch"; it has broken, echo'],
  [{ authorization: scope.replace('echo', 'broken') }, 500, 'InternalFailure', 'a bug'],
])('answers %j with %d', async (headers, status, type, message) => {
  const answer = await fetch(server.url, { headers: headers as Record<string, string> });
  const body = (await answer.json()) as { __type: string; message: string };
  expect([answer.status, body.__type]).toEqual([status, type]);
  expect(body.message).toContain(message);
});

test('an SDK client shows the name of a service that is not there', async () => {
  const options = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  };
  const states = new SFNClient(options);
  await expect(states.send(new ListExecutionsCommand({}))).rejects.toThrow('the local cloud has no service "states"');
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
});
