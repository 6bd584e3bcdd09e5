import { AbortMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import '../handler-environment';
import { CsvUpload } from '../../../lambda/prepare-dataset/csv-upload';
import { keepObjects, s3Mock } from './stored-objects';

const URI = 's3://data-bucket/train.csv';
const LONG_LINE = `${'x'.repeat(100_000)},good\n`;
/** S3's multipart uploads begin at 5 MB. */
const ENOUGH_FOR_PARTS = 60;

let objects: Map<string, Buffer>;
let upload: CsvUpload;

beforeEach(() => {
  objects = keepObjects();
  upload = new CsvUpload(new S3Client(), URI, 'text,label\n');
});

test('writes what it is given below the header', async () => {
  await upload.write(Buffer.from('plain,"a ""b"""\n'));
  await upload.write(Buffer.from('"two\nthree",c\n'));
  await upload.finish();

  expect(objects.get(URI)?.toString()).toBe('text,label\nplain,"a ""b"""\n"two\nthree",c\n');
});

test('uploads in parts while rows still come', async () => {
  await writeLongRows();
  await eventually(() => s3Mock.commandCalls(UploadPartCommand).length > 0);
  expect(objects.size).toBe(0);
  await upload.finish();

  const lines = objects.get(URI)?.toString().trimEnd().split('\n') ?? [];
  expect(lines.length).toBe(ENOUGH_FOR_PARTS + 1);
  expect(new Set(lines.slice(1))).toEqual(new Set([LONG_LINE.trimEnd()]));
});

test('leaves nothing behind when it is given up', async () => {
  await writeLongRows();
  await eventually(() => s3Mock.commandCalls(UploadPartCommand).length > 0);
  await upload.abort();

  expect(s3Mock.commandCalls(AbortMultipartUploadCommand)).toHaveLength(1);
  expect(objects.size).toBe(0);
});

test("tells S3's error instead of waiting for ever", async () => {
  s3Mock.on(UploadPartCommand).rejects(new Error('SlowDown'));
  const written = (async () => {
    await writeLongRows();
    await writeLongRows();
    await upload.finish();
  })();

  await expect(written).rejects.toThrow('SlowDown');
  await upload.abort();
  expect(objects.size).toBe(0);
});

async function writeLongRows(): Promise<void> {
  for (let row = 0; row < ENOUGH_FOR_PARTS; row += 1) {
    await upload.write(Buffer.from(LONG_LINE));
  }
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
