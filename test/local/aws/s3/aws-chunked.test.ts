import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AwsChunkedDecoder } from '../../../../local/aws/s3/aws-chunked';

async function decode(body: string, piece: number): Promise<string> {
  const pieces = body.match(new RegExp(`[^]{1,${piece}}`, 'g')) ?? [];
  const chunks: Buffer[] = [];
  const decoder = new AwsChunkedDecoder();
  decoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  await pipeline(Readable.from(pieces.map((text) => Buffer.from(text))), decoder);
  return Buffer.concat(chunks).toString();
}

const framed = '5;chunk-signature=ab\r\nhello\r\nA\r\n\r\n0\r\n\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAA==\r\n\r\n';

// Network packets cut the framing anywhere.
test.each([1, 2, 3, 7, 1000])('takes the framing off, however it is cut: %d bytes at a time', async (piece) => {
  expect(await decode(framed, piece)).toBe('hello\r\n0\r\n\r\nabc');
});

test.each([
  ['hello\r\n', 'the aws-chunked body has no chunk size where one must stand'],
  ['5\r\nhel', 'the aws-chunked body ends before its last chunk'],
  ['5\r\nhello\r\n', 'the aws-chunked body ends before its last chunk'],
  ['', 'the aws-chunked body ends before its last chunk'],
])('refuses %j', async (body, message) => {
  await expect(decode(body, 1000)).rejects.toThrow(message);
});
