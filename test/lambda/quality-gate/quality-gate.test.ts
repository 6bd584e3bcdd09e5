import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { create } from 'tar';
import '../handler-environment';
import { handler } from '../../../lambda/quality-gate/index';

const METRICS = {
  loss: 0.4,
  accuracy: 0.8,
  matthews_correlation: 0.5,
  macro_f1: 0.7,
  majority_class_accuracy: 0.7044,
  rows: 200,
};
const LABELS = ['unacceptable', 'acceptable'];
const FILES = {
  'metrics.json': JSON.stringify({ ...METRICS, labels: LABELS, per_label: {}, training: { epochs: 3 } }),
  'config.json': '{}',
  'model.safetensors': 'x'.repeat(200_000),
  'code/inference.py': 'pass',
};
const URI = 's3://artifacts-bucket/training/job 1/output/model.tar.gz';
const GATE = { metric: 'matthews_correlation', minimum: 0.25 } as const;

const s3 = mockClient(S3Client);

beforeEach(() => {
  s3.reset();
  s3.on(HeadObjectCommand).rejects(new NotFound({ message: 'NotFound', $metadata: {} }));
  s3.on(CopyObjectCommand).resolves({});
});

test('a good model is stored under the hash of its content', async () => {
  const archive = await tarGz(FILES);
  serve(archive);

  const sha256 = createHash('sha256').update(archive).digest('hex');
  await expect(handler({ modelDataUrl: URI, gate: GATE })).resolves.toEqual({
    modelDataUrl: `s3://artifacts-bucket/models/${sha256}/model.tar.gz`,
    sha256,
    metrics: METRICS,
    labels: LABELS,
  });
  expect(s3.commandCalls(CopyObjectCommand).map((call) => call.args[0].input)).toEqual([
    {
      Bucket: 'artifacts-bucket',
      Key: `models/${sha256}/model.tar.gz`,
      CopySource: 'artifacts-bucket/training/job%201/output/model.tar.gz',
      CopySourceIfMatch: '"etag"',
    },
  ]);
});

test('entries may begin with ./', async () => {
  serve(await tarGz(FILES, './'));
  await expect(handler({ modelDataUrl: URI, gate: GATE })).resolves.toMatchObject({ labels: LABELS });
});

test('a model that is stored already is not copied again', async () => {
  serve(await tarGz(FILES));
  s3.on(HeadObjectCommand).resolves({});
  await handler({ modelDataUrl: URI, gate: GATE });
  expect(s3.commandCalls(CopyObjectCommand)).toHaveLength(0);
});

test('a value equal to the minimum passes', async () => {
  serve(await tarGz(FILES));
  await expect(handler({ modelDataUrl: URI, gate: { ...GATE, minimum: 0.5 } })).resolves.toBeDefined();
});

test('a model that is not good enough is refused with all that is needed to judge that', async () => {
  serve(await tarGz(FILES));
  const gate = handler({ modelDataUrl: URI, gate: { metric: 'macro_f1', minimum: 0.75 } });

  await expect(gate).rejects.toMatchObject({ name: 'QualityGateFailed' });
  await expect(gate).rejects.toThrow(
    "the model's macro_f1 is 0.7, below the minimum of 0.75 (its accuracy over 200 test rows is 0.8; always answering " +
      'the most frequent label would get 0.7044). Nothing was deployed.',
  );
  await expect(gate).rejects.toThrow(
    `start an execution with {"modelDataUrl":"${URI}","gate":{"metric":"macro_f1","minimum":0.7}}`,
  );
  expect(s3.commandCalls(CopyObjectCommand)).toHaveLength(0);
});

const withMetrics = (metrics: object) => tarGz({ ...FILES, 'metrics.json': JSON.stringify(metrics) });
const invalid: [string, () => Promise<Buffer>, string][] = [
  [
    'no archive',
    async () => Promise.resolve(Buffer.from('hello')),
    'is not a sound tar.gz archive (incorrect header check)',
  ],
  ['an empty object', async () => Promise.resolve(Buffer.alloc(0)), 'is not a sound tar.gz archive'],
  ['gzip of no tar', async () => Promise.resolve(gzipSync('hello'.repeat(400))), 'is not a sound tar.gz archive'],
  ['an archive that breaks off', async () => (await tarGz(FILES)).subarray(0, -200), 'is not a sound tar.gz archive'],
  ['no code', () => tarGz({ ...FILES, 'code/inference.py': null }), 'has no code/inference.py at its root'],
  [
    'everything in a folder',
    () => tarGz({ 'model/metrics.json': '{}' }),
    'has no metrics.json and no config.json and no code/inference.py at its root',
  ],
  ['no metrics', () => tarGz({ ...FILES, 'metrics.json': null }), 'has no metrics.json at its root'],
  [
    'metrics that are not JSON',
    () => tarGz({ ...FILES, 'metrics.json': '{"loss": NaN}' }),
    'metrics.json that is not JSON',
  ],
  [
    'metrics that lack some',
    () => withMetrics({ ...METRICS, rows: 'many' }),
    'has a metrics.json in which these are missing or wrong: rows, labels',
  ],
];
test.each(invalid)('an artifact with %s is invalid', async (_, archive, message) => {
  serve(await archive());
  const gate = handler({ modelDataUrl: URI, gate: GATE });
  await expect(gate).rejects.toMatchObject({ name: 'InvalidArtifact' });
  await expect(gate).rejects.toThrow(`${URI} ${message.startsWith('metrics') ? 'has a ' : ''}${message}`);
});

test('an artifact that is too large to be copied is refused before it is read', async () => {
  const body = Readable.from([Buffer.from('large')]);
  s3.on(GetObjectCommand).callsFake(() => ({ Body: body, ContentLength: 5 * 1024 ** 3 + 1 }));
  await expect(handler({ modelDataUrl: URI, gate: GATE })).rejects.toThrow(`${URI} has more than 5 GiB`);
  expect(body.destroyed).toBe(true);
});

test('an artifact that does not exist is invalid', async () => {
  s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'no', $metadata: {} }));
  const gate = handler({ modelDataUrl: URI, gate: GATE });
  await expect(gate).rejects.toMatchObject({
    name: 'InvalidArtifact',
    message: expect.stringContaining(`no ${URI}`) as string,
  });
});

test('a fault of the transfer is no fault of the artifact', async () => {
  const broken = Readable.from(
    (function* () {
      yield gzipSync('x').subarray(0, 5);
      throw new Error('socket hang up');
    })(),
  );
  s3.on(GetObjectCommand).callsFake(() => ({ Body: broken }));
  await expect(handler({ modelDataUrl: URI, gate: GATE })).rejects.toThrow('socket hang up');
});

function serve(archive: Buffer): void {
  s3.on(GetObjectCommand).callsFake(() => ({
    Body: Readable.from([archive]),
    ContentLength: archive.length,
    ETag: '"etag"',
  }));
}

async function tarGz(files: Readonly<Record<string, string | null>>, prefix = ''): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'artifact-'));
  try {
    const paths: string[] = [];
    for (const [path, content] of Object.entries(files)) {
      if (content !== null) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
        paths.push(prefix + path);
      }
    }
    return Buffer.from(await create({ gzip: true, cwd: folder }, paths).concat());
  } finally {
    await rm(folder, { recursive: true });
  }
}
