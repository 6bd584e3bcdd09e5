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
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { create, Header } from 'tar';
import '../handler-environment';
import type { Plan } from '../../../lambda/shared/plan';
import { handler } from '../../../lambda/quality-gate/index';
import { storedText } from '../stored-text';

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
  'metrics.json': JSON.stringify({ ...METRICS, per_label: {}, training: { epochs: 3 } }),
  'config.json': JSON.stringify({ model_type: 'bert', id2label: { 0: LABELS[0], 1: LABELS[1] } }),
  'model.safetensors': 'x'.repeat(200_000),
  'model.onnx': 'graph',
  'code/inference.py': 'pass',
  'code/lib/cp312-linux_x86_64/onnxruntime/__init__.py': '',
  'code/lib/cp312-linux_x86_64/onnxruntime/capi/__init__.py': '',
};
const URI = 's3://artifacts-bucket/training/job 1/output/model.tar.gz';
const GATE = { metric: 'matthews_correlation', minimum: 0.25, waived: false } as const;
const SERVING = { profile: 'elastic-inference', accelerator: 'ml.eia2.xlarge', reason: null } as const;

const s3 = mockClient(S3Client);

beforeEach(() => {
  s3.reset();
  s3.on(HeadObjectCommand).rejects(new NotFound({ message: 'NotFound', $metadata: {} }));
  s3.on(CopyObjectCommand).resolves({});
  s3.on(PutObjectCommand).resolves({});
});

test('a good model is stored under the hash of its content', async () => {
  const archive = await tarGz(FILES);
  serve(archive);

  const sha256 = createHash('sha256').update(archive).digest('hex');
  await expect(judge()).resolves.toEqual({
    modelDataUrl: `s3://artifacts-bucket/models/${sha256}/model.tar.gz`,
    ...{ reportUrl: null, formerModel: null },
    lastDeployment: { modelDataUrl: '', endpointConfigName: '' },
    sha256,
    format: 'safetensors',
    weightsBytes: 200_000,
    modelType: 'bert',
    pairs: false,
    inWindows: false,
    metrics: METRICS,
    fp32: null,
    evaluation: {
      ...{ labelCount: 0, worstLabels: [], mixUps: [], confusionMatrix: null },
      ...{ calibrationError: null, history: [] },
    },
    ...{ hasOnnx: true, runtimes: ['cp312-linux_x86_64'], servingFormat: null },
    ...{ isSlow: false, warnings: [] },
    accelerator: 'ml.eia2.xlarge',
    reason: null,
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

test('what a model must answer is stored beside it', async () => {
  const reference = {
    texts: ['a lamp', { text: 'a lamp', text_pair: 'a boat' }],
    labels: LABELS,
    scores: { fp32: [[0.1, 0.9]] },
  };
  serve(await tarGz({ ...FILES, 'reference.json': JSON.stringify({ ...reference, tokens: [4] }) }));
  const { sha256 } = await judge();
  const [call] = s3.commandCalls(PutObjectCommand);
  expect(call?.args[0].input).toMatchObject({ Bucket: 'artifacts-bucket', Key: `models/${sha256}/reference.json` });
  expect(JSON.parse(call?.args[0].input.Body as string)).toEqual(reference);
});

test('a model that PyTorch serves is told to be slow, once, and not on a GPU', async () => {
  const { 'model.onnx': _, ...files } = FILES;
  const slow = (how: string): string =>
    `the artifact has no model.onnx, so that ${how}, several times slower; this pipeline's training writes one`;
  serve(await tarGz(files));
  const accelerated = { isSlow: true, warnings: [slow('without the accelerator PyTorch serves')] };
  await expect(judge()).resolves.toMatchObject(accelerated);
  serve(await tarGz({ ...files, 'config.json': '{"model_type": "distilbert"}' }));
  await expect(judge()).resolves.toMatchObject({ isSlow: true, warnings: [slow('PyTorch serves')] });
  const onGpu = { profile: 'gpu', accelerator: 'none', reason: null } as const;
  expect((await handler({ modelDataUrl: URI, gate: GATE, serving: onGpu, reportUrl: null })).warnings).toEqual([]);
  const told = 'X cannot be exported';
  const report = { ...METRICS, serving: { format: 'torch fp32' }, warnings: [told] };
  serve(await tarGz({ ...files, 'metrics.json': JSON.stringify(report) }));
  await expect(judge()).resolves.toMatchObject({ isSlow: false, warnings: [told] });
});

test('a model whose onnxruntime the serving image cannot load is told to be slow, with what it is for', async () => {
  const built = 'code/lib/cp312-linux_x86_64/onnxruntime';
  const without = { [`${built}/__init__.py`]: null, [`${built}/capi/__init__.py`]: null };
  const others = {
    'code/lib/cp311-linux_x86_64/onnxruntime/__init__.py': '',
    'code/lib/cp312-macosx_10.9_universal2/onnxruntime/capi/__init__.py': '',
    // Of the toolkit's custom, not of training's.
    'code/lib/cp312-linux_x86_64/other/__init__.py': '',
    'code/lib/onnxruntime/__init__.py': '',
  };
  serve(await tarGz({ ...FILES, ...without, ...others }, './'));
  const runtimes = ['cp311-linux_x86_64', 'cp312-macosx_10.9_universal2'];
  await expect(judge()).resolves.toMatchObject({
    runtimes,
    isSlow: true,
    warnings: [expect.stringContaining(`onnxruntime for ${runtimes.join(', ')} alone`)],
  });
});

test('of many onnxruntimes, the first are told', async () => {
  const many = Array.from({ length: 100 }, (_, id) => [`code/lib/cp4${id}-linux_x86_64/onnxruntime/__init__.py`, '']);
  serve(await tarGz({ ...FILES, ...(Object.fromEntries(many) as object) }));
  expect((await judge()).runtimes).toHaveLength(10);
});

test.each([
  ['a link', 'link', 'SymbolicLink'] as const,
  ['a file outside', '../outside', 'File'] as const,
  ['a file at an absolute path', '/etc/passwd', 'File'] as const,
])('%s in the archive is refused', async (_, path, type) => {
  serve(gzipSync(Buffer.concat([tarEntry(path, type), Buffer.alloc(1024)])));
  await expect(judge()).rejects.toThrow(`has the entry ${JSON.stringify(path)} (${type}), which is no file or folder`);
});

test('warnings of training are told, the first of many, and none at length', async () => {
  const warnings = Array.from({ length: 100 }, (_, id) => `${id} ${'x'.repeat(1000)}`);
  serve(await tarGz({ ...FILES, 'metrics.json': JSON.stringify({ ...METRICS, warnings }) }));
  const model = await judge();
  expect(model.warnings).toHaveLength(20);
  expect(model.warnings[0]).toMatch(/^0 x{498}$/);
});

test('a thousand long labels stay in the artifact', async () => {
  serve(await tarGz({ ...FILES, 'config.json': configWith(1000, 256) }));
  expect(JSON.stringify(await judge()).length).toBeLessThan(1000);
});

test('the report of the training is kept beside the stored model, or found there', async () => {
  serve(await tarGz(FILES));
  const { sha256, reportUrl } = await judge(GATE, 's3://artifacts-bucket/training/job 1/output/report.html');
  expect(reportUrl).toBe(`s3://artifacts-bucket/models/${sha256}/report.html`);
  expect(s3.commandCalls(CopyObjectCommand).at(-1)?.args[0].input).toEqual({
    Bucket: 'artifacts-bucket',
    Key: `models/${sha256}/report.html`,
    CopySource: 'artifacts-bucket/training/job%201/output/report.html',
  });
  s3.on(HeadObjectCommand).resolves({});
  await expect(judge()).resolves.toMatchObject({ reportUrl });
});

test('a model that is not good enough names the report of its training', async () => {
  serve(await tarGz(FILES));
  await expect(judge({ ...GATE, minimum: 0.9 }, 's3://b/report.html')).rejects.toThrow(
    /is in the report s3:\/\/b\/report\.html$/,
  );
});

test('entries may begin with ./', async () => {
  serve(await tarGz(FILES, './'));
  await expect(judge()).resolves.toMatchObject({ metrics: METRICS });
});

test('a model that is stored already is not copied again', async () => {
  serve(await tarGz(FILES));
  s3.on(HeadObjectCommand).resolves({});
  await judge();
  expect(s3.commandCalls(CopyObjectCommand)).toHaveLength(0);
});

test('micro F1 of older artifacts, which have one label a text, is the accuracy', async () => {
  serve(await tarGz(FILES));
  await expect(judge({ ...GATE, metric: 'micro_f1', minimum: 0.8 })).resolves.toBeDefined();
  await expect(judge({ ...GATE, metric: 'micro_f1', minimum: 0.81 })).rejects.toThrow('micro_f1 is 0.8, below');
  serve(await tarGz({ ...FILES, 'metrics.json': JSON.stringify({ ...METRICS, micro_f1: 0.85 }) }));
  await expect(judge({ ...GATE, metric: 'micro_f1', minimum: 0.85 })).resolves.toMatchObject({
    metrics: { micro_f1: 0.85 },
  });
});

test('a value equal to the minimum passes', async () => {
  serve(await tarGz(FILES));
  await expect(judge({ ...GATE, minimum: 0.5 })).resolves.toBeDefined();
});

test('a model that is not good enough is refused with all that is needed to judge that', async () => {
  serve(await tarGz(FILES));
  const gate = judge({ metric: 'macro_f1', minimum: 0.75, waived: false });

  await expect(gate).rejects.toMatchObject({ name: 'QualityGateFailed' });
  await expect(gate).rejects.toThrow(
    "the model's macro_f1 is 0.7, below the minimum of 0.75 (its accuracy over 200 test rows is 0.8; always answering " +
      'the most frequent label would get 0.7044). Nothing was deployed.',
  );
  await expect(gate).rejects.toThrow(`start an execution with {"modelDataUrl":"${URI}","gate":{"waived":true}}`);
  expect(s3.commandCalls(CopyObjectCommand)).toHaveLength(0);
});

describe('a model that serves in int8 on a CPU, and in fp32 elsewhere', () => {
  const onCpu = { profile: 'elastic-inference', accelerator: 'none', reason: null } as const;
  const onGpu = { profile: 'gpu', accelerator: 'none', reason: null } as const;
  const distilbert = { 'config.json': '{"model_type": "distilbert"}' };
  const traced = { 'model.safetensors': null, 'model.onnx': null, 'model.pt': 'x' };
  const [good, bad] = [0.5, 0.2];
  const IN_INT8 = "the model's matthews_correlation is 0.2, below";
  const IN_FP32 =
    "the model's matthews_correlation in fp32, as it would serve, is 0.2, below the minimum of 0.25 (its accuracy";

  const judgeForms = async (
    serving: Parameters<typeof handler>[0]['serving'],
    [int8, fp32]: readonly [int8: number, fp32: number],
    files: Readonly<Record<string, string | null>> = {},
    format = 'onnx int8',
  ) => {
    const forms = {
      ...{ ...METRICS, matthews_correlation: int8 },
      fp32: { ...METRICS, matthews_correlation: fp32, calibration_error: 0.02, labels: LABELS },
      serving: { format },
    };
    serve(await tarGz({ ...FILES, 'metrics.json': JSON.stringify(forms), ...files }));
    return handler({ modelDataUrl: URI, gate: GATE, serving, reportUrl: null });
  };

  test.each([
    ['on a CPU', onCpu, [good, bad], {}],
    ['on a GPU', onGpu, [bad, good], {}],
    ['where an accelerator is tried', SERVING, [good, good], {}],
    ['where an accelerator cannot take it', SERVING, [good, bad], distilbert],
    ['traced', SERVING, [bad, good], traced],
  ] as const)('passes by the form that may serve: %s', async (_, serving, values, files) => {
    const fp32 = { ...METRICS, matthews_correlation: values[1], calibration_error: 0.02 };
    await expect(judgeForms(serving, values, files)).resolves.toMatchObject({ fp32 });
  });

  test.each([
    ['on a CPU', onCpu, [bad, good], {}, IN_INT8],
    ['on a GPU', onGpu, [good, bad], {}, IN_FP32],
    ['where an accelerator is tried, which may serve', SERVING, [good, bad], {}, IN_FP32],
    ['where an accelerator is tried, which may be refused', SERVING, [bad, good], {}, IN_INT8],
    ['where an accelerator cannot take it', SERVING, [bad, good], distilbert, IN_INT8],
    ['traced', SERVING, [good, bad], traced, IN_FP32],
  ] as const)('is refused by the form that may serve: %s', async (_, serving, values, files, message) => {
    const gate = judgeForms(serving, values, files);
    await expect(gate).rejects.toMatchObject({ name: 'QualityGateFailed' });
    await expect(gate).rejects.toThrow(message);
  });

  test.each(['onnx fp32', 'torch fp32'])('is judged by what serves on a CPU where that is %s', async (format) => {
    await expect(judgeForms(onGpu, [good, bad], {}, format)).resolves.toMatchObject({ fp32: null });
  });

  test('is judged by what serves on a CPU where nobody has measured the other form', async () => {
    serve(await tarGz(FILES));
    const gate = { ...GATE, minimum: 0.6 };
    const judged = handler({ modelDataUrl: URI, gate, serving: onGpu, reportUrl: null });
    await expect(judged).rejects.toThrow("the model's matthews_correlation is 0.5, below");
  });
});

test('any metrics pass a gate that is waived', async () => {
  serve(await tarGz(FILES));
  await expect(judge({ ...GATE, minimum: 1, waived: true })).resolves.toMatchObject({ metrics: METRICS });
});

test.each([
  ['metrics.json', null],
  [
    'rows that it was measured by',
    JSON.stringify({ rows: 0, serving: { format: 'onnx fp32' }, warnings: ['no metrics'] }),
  ],
])('an artifact without %s passes only a gate that is waived', async (_, metrics) => {
  serve(await tarGz({ ...FILES, 'metrics.json': metrics }));
  const gate = judge();
  await expect(gate).rejects.toMatchObject({ name: 'InvalidArtifact' });
  await expect(gate).rejects.toThrow(
    `${URI} has no metrics, so there is nothing to judge it by; to deploy it nevertheless, start an execution with ` +
      `{"modelDataUrl":"${URI}","gate":{"waived":true}}`,
  );

  await expect(judge({ ...GATE, waived: true })).resolves.toMatchObject({ metrics: null });
});

test('the metrics of what was in service last are told beside, unless it is this very model', async () => {
  const archive = await tarGz(FILES);
  const former = {
    modelDataUrl: 's3://artifacts-bucket/models/old/model.tar.gz',
    promotedAt: '2026-11-27T10:00:00.000Z',
    metrics: { accuracy: 0.75 },
  };
  serve(archive);
  const serving = { endpointConfigName: 'old-config' };
  hadInService({ ...former, dataset: null, serving });
  const { modelDataUrl, formerModel, lastDeployment } = await judge();
  expect(formerModel).toEqual(former);
  expect(lastDeployment).toEqual({ modelDataUrl: former.modelDataUrl, ...serving });

  serve(archive);
  hadInService({ ...former, modelDataUrl, serving });
  await expect(judge()).resolves.toMatchObject({ formerModel: null, lastDeployment: { modelDataUrl, ...serving } });
});

test('an artifact that does not fit the profile is refused and not stored', async () => {
  serve(await tarGz({ ...FILES, 'model.safetensors': null, 'model.pt': 'x' }));
  const gate = handler({
    modelDataUrl: URI,
    gate: GATE,
    serving: { profile: 'gpu', accelerator: 'none', reason: null },
    reportUrl: null,
  });
  await expect(gate).rejects.toMatchObject({ name: 'InvalidArtifact' });
  expect(s3.commandCalls(CopyObjectCommand)).toHaveLength(0);
});

test('an artifact that the accelerator cannot take is stored, to be served without', async () => {
  serve(await tarGz({ ...FILES, 'config.json': '{"model_type": "distilbert"}' }));
  await expect(judge()).resolves.toMatchObject({
    modelType: 'distilbert',
    accelerator: 'none',
    reason: 'a model of type distilbert cannot be traced for Elastic Inference, only bert',
  });
  expect(s3.commandCalls(CopyObjectCommand)).toHaveLength(1);
});

test('a model of pairs is stored, to be served without the accelerator', async () => {
  serve(await tarGz({ ...FILES, 'config.json': '{"model_type": "bert", "text_pair": true}' }));
  await expect(judge()).resolves.toMatchObject({
    accelerator: 'none',
    reason: 'a model of pairs of texts cannot be traced for Elastic Inference',
  });
});

describe('what an artifact holds', () => {
  test.each<[string, Record<string, string | null>, object]>([
    ['one file of weights', {}, { format: 'safetensors', weightsBytes: 200_000 }],
    [
      'weights in several files',
      {
        'model.safetensors': null,
        'model-00001-of-00002.safetensors': 'x'.repeat(3000),
        'model-00002-of-00002.safetensors': 'x'.repeat(2000),
        'model.safetensors.index.json': '{}',
      },
      { format: 'safetensors', weightsBytes: 5000 },
    ],
    [
      'a traced model',
      { 'model.safetensors': null, 'model.pt': 'x'.repeat(7000) },
      { format: 'torchscript', weightsBytes: 7000 },
    ],
    ['a traced model beside its weights', { 'model.pt': 'x'.repeat(70) }, { format: 'torchscript', weightsBytes: 70 }],
    [
      'weights of its code, which are none of the model',
      { 'code/model.pt': 'x', 'optimizer.pt': 'x' },
      { format: 'safetensors', weightsBytes: 200_000 },
    ],
    [
      "no labels, which is Transformers' way to say two",
      { 'config.json': '{"model_type": "roberta"}' },
      { modelType: 'roberta' },
    ],
    ['no metrics', { 'metrics.json': null }, { metrics: null }],
  ])('%s', async (_, files, expected) => {
    serve(await tarGz({ ...FILES, ...files }));
    await expect(judge({ ...GATE, waived: true })).resolves.toMatchObject(expected);
  });
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
    'has no config.json and no code/inference.py at its root',
  ],
  ['no config.json', () => tarGz({ ...FILES, 'config.json': null }), 'has no config.json at its root'],
  [
    'no weights',
    () => tarGz({ ...FILES, 'model.safetensors': null }),
    'has neither model.safetensors nor model.pt at its root',
  ],
  ['empty weights', () => tarGz({ ...FILES, 'model.safetensors': '' }), 'has neither model.safetensors nor model.pt'],
  [
    'a config.json that is not JSON',
    () => tarGz({ ...FILES, 'config.json': 'bert' }),
    'has a config.json that is not JSON',
  ],
  [
    'a config.json of no Transformers model',
    () => tarGz({ ...FILES, 'config.json': '{"id2label": {"0": 1}}' }),
    'has a config.json in which these are missing or wrong: model_type, id2label.0',
  ],
  [
    'too many labels',
    () => tarGz({ ...FILES, 'config.json': configWith(1001, 10) }),
    'has 1001 labels in config.json, of which 1000 are allowed',
  ],
  [
    'a label that is too long',
    () => tarGz({ ...FILES, 'config.json': configWith(2, 257) }),
    'has an id2label.0 in config.json of more than 256 bytes',
  ],
  [
    'metrics that are not JSON',
    () => tarGz({ ...FILES, 'metrics.json': '{"loss": NaN}' }),
    'metrics.json that is not JSON',
  ],
  [
    'metrics that lack some',
    () => withMetrics({ ...METRICS, rows: 'many' }),
    'has a metrics.json in which these are missing or wrong: rows',
  ],
  [
    'metrics in fp32 that lack some',
    () => withMetrics({ ...METRICS, fp32: { ...METRICS, loss: undefined } }),
    'has a metrics.json in which these are missing or wrong: fp32.loss',
  ],
];
test.each(invalid)('an artifact with %s is invalid', async (_, archive, message) => {
  serve(await archive());
  const gate = judge();
  await expect(gate).rejects.toMatchObject({ name: 'InvalidArtifact' });
  await expect(gate).rejects.toThrow(`${URI} ${message.startsWith('metrics') ? 'has a ' : ''}${message}`);
});

test('an artifact that is too large to be copied is refused before it is read', async () => {
  const body = Readable.from([Buffer.from('large')]);
  s3.on(GetObjectCommand).callsFake(() => ({ Body: body, ContentLength: 5 * 1024 ** 3 + 1 }));
  await expect(judge()).rejects.toThrow(`${URI} has more than 5 GiB`);
  expect(body.destroyed).toBe(true);
});

test('an artifact that does not exist is invalid', async () => {
  s3.on(GetObjectCommand).rejects(new NoSuchKey({ message: 'no', $metadata: {} }));
  const gate = judge();
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
  await expect(judge()).rejects.toThrow('socket hang up');
});

function configWith(count: number, length: number): string {
  const labels = Array.from({ length: count }, (_, id) => [id, `${id}`.padEnd(length, 'x')]);
  return JSON.stringify({ model_type: 'bert', id2label: Object.fromEntries(labels) as object });
}

function judge(gate: Plan['gate'] = GATE, reportUrl: string | null = null): ReturnType<typeof handler> {
  return handler({ modelDataUrl: URI, gate, serving: SERVING, reportUrl });
}

/** An empty one. */
function tarEntry(path: string, type: 'File' | 'SymbolicLink'): Buffer {
  const block = Buffer.alloc(512);
  new Header({ path, type, size: 0, mode: 0o644, linkpath: type === 'SymbolicLink' ? '/etc/passwd' : '' }).encode(
    block,
  );
  return block;
}

function serve(archive: Buffer): void {
  s3.on(GetObjectCommand).callsFake(() => ({
    Body: Readable.from([archive]),
    ContentLength: archive.length,
    ETag: '"etag"',
  }));
  hadInService(undefined);
}

/** @param record what Promote recorded of the model that was in service last */
function hadInService(record: object | undefined): void {
  const recorded = s3.on(GetObjectCommand, { Key: 'in-service.json' });
  if (record === undefined) {
    recorded.rejects(new NoSuchKey({ message: 'no', $metadata: {} }));
  } else {
    recorded.resolves(storedText(JSON.stringify(record)));
  }
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
