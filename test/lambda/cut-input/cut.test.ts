import { mkdir, readdir } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { cutInput } from '../../../lambda/cut-input/cut';
import { PartWriter } from '../../../lambda/cut-input/part-writer';
import { BatchPlaces, type BatchRun, type CutFile, rowsOfPart } from '../../../lambda/shared/batch';
import { DatasetUnavailable, InvalidDataset } from '../../../lambda/shared/step-errors';
import { storedFiles } from '../../../lambda/shared/tables/source';
import { DATA_BUCKET, LocalS3 } from '../local-s3';

const PLACES = new BatchPlaces(`s3://${DATA_BUCKET}/batch/0123`);

type RunOptions = Partial<Omit<BatchRun, 'model'>> &
  Partial<Pick<BatchRun['model'], 'hasPairs' | 'inWindows' | 'maxLength'>>;

let s3: LocalS3;

beforeEach(async () => {
  s3 = await LocalS3.open();
});

afterEach(async () => {
  await s3.close();
});

/** Writes a run of one file; answers what is left of it when it was cut, and its lines. */
async function cut(
  name: string,
  content: string | Buffer,
  options: RunOptions = {},
): Promise<{ readonly cut: CutFile; readonly lines: unknown[] }> {
  await plan(name, content, options);
  await cutInput(PLACES.uri, 0, s3.client);
  const file = (await s3.json(PLACES.cutFile(0))) as CutFile;
  const lines = await Promise.all(file.parts.map((part) => s3.lines(PLACES.parts + part)));
  return { cut: file, lines: lines.flat() };
}

async function plan(
  name: string,
  content: string | Buffer,
  { hasPairs = false, inWindows = false, maxLength = 128, ...options }: RunOptions = {},
): Promise<void> {
  await s3.store.put(DATA_BUCKET, name, content);
  const files = await storedFiles(`s3://${DATA_BUCKET}/${name}`, s3.client);
  const run = { files, textColumn: null, pairColumn: null, overflow: null, ...options };
  const model = { hasPairs, inWindows, maxLength };
  await s3.store.put(DATA_BUCKET, 'batch/0123/run.json', JSON.stringify({ ...run, model }));
}

test('a row that cannot be classified says why, and takes no other along', async () => {
  const rows = Buffer.concat([
    Buffer.from('id,text,2\n1,good,x\n2,  ,y\n3\n4,"open\n5,caf'),
    Buffer.from([0xe9, 0x2c]),
    Buffer.from('z\n6,"a\nb, é",\n'),
  ]);
  const { cut: file, lines } = await cut('a.csv.gz', gzipSync(rows));
  expect(lines).toEqual([
    { inputs: 'good', record: ['1', 'good', 'x'] },
    { error: 'this row is empty', record: ['2', '  ', 'y'] },
    { error: expect.stringMatching(/^the row has 1 field where 3 are expected/) as string, record: ['3', null, null] },
    { error: expect.stringMatching(/^a quote opens in this row/) as string, record: ['4', '"open', null] },
    { error: expect.stringMatching(/^this row is not UTF-8 text;/) as string, record: ['5', 'caf\uFFFD', 'z'] },
    { inputs: 'a\nb, é', record: ['6', 'a\nb, é', ''] },
  ]);
  expect(file).toMatchObject({
    ...{ columns: ['id', 'text', '2'], hasHeader: true, parquetSchema: null, rows: 6, errors: 4 },
    ...{ parts: ['00000-00000.jsonl'], choices: ['text in "text"'] },
  });
});

test('a line of .jsonl stays as it is written, and only a text is one', async () => {
  const lines = [
    '{"text": "a", "9": 1.0, "id": 12345678901234567890}',
    '{"text": 7}',
    '{"id": 1}',
    'no',
    '{"text":"b"}',
  ];
  await expect(cut('a.jsonl', lines.join('\n'))).resolves.toMatchObject({
    lines: [
      { inputs: 'a', record: lines[0] },
      { error: 'this row is not a text', record: lines[1] },
      { error: 'this row is empty', record: lines[2] },
      { error: 'this is not JSON; a .jsonl file has one object on each line', record: 'no' },
      { inputs: 'b', record: lines[4] },
    ],
    cut: { errors: 3 },
  });
});

test('what JSON has no word for comes out of .parquet in words', async () => {
  const content = parquetWriteBuffer({
    columnData: [
      { name: 'text', data: ['a', null], type: 'STRING' },
      { name: 'id', data: [2n ** 60n, 1n], type: 'INT64' },
      { name: 'at', data: [new Date(0), new Date(1)], type: 'TIMESTAMP' },
    ],
  });
  const { cut: file, lines } = await cut('a.parquet', Buffer.from(content));
  expect(lines).toEqual([
    { inputs: 'a', record: ['a', '1152921504606846976', '1970-01-01T00:00:00.000Z'] },
    { error: 'this row is empty', record: [null, '1', '1970-01-01T00:00:00.001Z'] },
  ]);
  expect(file.parquetSchema?.map(({ name }) => name)).toEqual(['root', 'text', 'id', 'at']);
});

test('a model of pairs reads two columns, and one of single texts no second', async () => {
  const content = 'text,text_pair\na,b\nc,\n';
  await expect(cut('a.csv', content, { hasPairs: true })).resolves.toMatchObject({
    lines: [{ inputs: { text: 'a', text_pair: 'b' } }, { error: "'text_pair' of this row is empty" }],
  });
  await s3.store.delete(DATA_BUCKET, 'batch/0123/files/00000.json');
  await expect(cut('a.csv', content)).resolves.toMatchObject({ lines: [{ inputs: 'a' }, { inputs: 'c' }] });
});

test('a column of texts that is given by its number has no header', async () => {
  await expect(cut('a.csv', 'x,one\ny,two\n', { textColumn: '2' })).resolves.toMatchObject({
    lines: [{ inputs: 'one' }, { inputs: 'two' }],
    cut: { columns: ['1', '2'], hasHeader: false, choices: ['no header', 'text in "2"'] },
  });
});

describe('of a text of 9,000 bytes', () => {
  const WHOLE = 9_000;

  test.each<[RunOptions, number]>([
    // As the model was trained, where the run does not say otherwise.
    [{ overflow: null, inWindows: false }, 600],
    [{ overflow: null, inWindows: true }, WHOLE],
    [{ overflow: 'window', inWindows: false }, WHOLE],
    [{ overflow: 'truncate', inWindows: true }, 600],
    [{ overflow: 'error', inWindows: true }, 600],
    [{ maxLength: 100 }, 469],
    [{ maxLength: 512 }, 2_400],
    [{ maxLength: 8192 }, WHOLE],
    [{ maxLength: null }, 600],
    [{ maxLength: 512, inWindows: true }, WHOLE],
  ])('a run with %j counts those that are read: %d', async (options, bytes) => {
    const { cut: file } = await cut('a.csv', `text\n${'long '.repeat(1_799)}text.\nshort\n`, options);
    expect(file.textBytes).toBe(bytes + 'short'.length + 2 * 10);
  });

  test('of pairs, both count together', async () => {
    const content = `text,text_pair\n${'a'.repeat(400)},${'é'.repeat(400)}\n`;
    expect((await cut('a.csv', content, { hasPairs: true })).cut.textBytes).toBe(600 + 10);
  });
});

test('a file that is cut already is not cut again, and one that was changed since is refused', async () => {
  await cut('a.csv', 'text\na\n');
  await s3.store.put(DATA_BUCKET, 'a.csv', 'text\nb\nc\n');
  const counts = { rows: 1, errors: 0, textBytes: 11, parts: 1 };
  await expect(cutInput(PLACES.uri, 0, s3.client)).resolves.toEqual(counts);
  await s3.store.delete(DATA_BUCKET, 'batch/0123/files/00000.json');
  const again = cutInput(PLACES.uri, 0, s3.client);
  await expect(again).rejects.toThrow(DatasetUnavailable);
  await expect(again).rejects.toThrow('a.csv was changed since the execution began; start again');
});

test.each([
  ['no column of texts', 'a.csv', 'id,body\n1,a\n', {}, 'a.csv: no column is called as a text usually is'],
  [
    'another column',
    'a.csv',
    'id,body\n1,a\n',
    { textColumn: 'x' },
    'there is no column "x", only "id", "body"; correct textColumn',
  ],
  ['no second text', 'a.csv', 'text\na\n', { hasPairs: true }, 'name the pair column in pairColumn'],
  ['no Parquet', 'a.parquet', 'text\na\n', {}, 'a.parquet is not a sound Parquet file'],
])('a file with %s is refused', async (_, name, content, options, message) => {
  await plan(name, content, options);
  const counts = cutInput(PLACES.uri, 0, s3.client);
  await expect(counts).rejects.toThrow(InvalidDataset);
  await expect(counts).rejects.toThrow(message);
  expect(await s3.keys('batch/0123/')).toEqual(['batch/0123/run.json']);
});

test('the parts of a small table are small, and those of a large one have 50,000 rows', async () => {
  expect([0, 15, 16, 32, 48, 63, 64, 2000].map(rowsOfPart)).toEqual([
    ...[5_000, 5_000, 10_000, 20_000, 40_000, 40_000, 50_000, 50_000],
  ]);
  const writer = new PartWriter(PLACES, 3, s3.client);
  for (let row = 0; row < 16 * 5_000 + 10_001; row += 1) {
    await writer.write(String(row));
  }
  const parts = await Promise.all((await writer.finish()).map((name) => s3.lines(PLACES.parts + name)));
  expect(parts.map(({ length }) => length)).toEqual([...Array.from({ length: 16 }, () => 5_000), 10_000, 1]);
  expect(parts.flat().every((line, row) => line === row)).toBe(true);
});

test('parts have fewer long rows', async () => {
  const writer = new PartWriter(PLACES, 3, s3.client);
  await writer.write('1');
  await writer.write(JSON.stringify('x'.repeat(64 * 1024 ** 2)));
  await expect(writer.finish()).resolves.toEqual(['00003-00000.jsonl', '00003-00001.jsonl']);
  expect(await s3.lines(`${PLACES.parts}00003-00000.jsonl`)).toEqual([1]);
});

test('leaves nothing in its sandbox, also of an invocation before that had no end', async () => {
  const sandbox = join(s3.folder, 'tmp');
  await mkdir(join(sandbox, 'cut-before'), { recursive: true });
  jest.spyOn(os, 'tmpdir').mockReturnValue(sandbox);
  process.env.AWS_LAMBDA_FUNCTION_NAME = 'cut-input';
  await cut('mails.csv', 'text\nx\n');
  delete process.env.AWS_LAMBDA_FUNCTION_NAME;
  jest.restoreAllMocks();
  expect(await readdir(sandbox)).toEqual([]);
});
