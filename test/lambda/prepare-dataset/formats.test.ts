import { gzipSync } from 'node:zlib';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { parse } from 'csv-parse/sync';
import { parquetWriteBuffer } from 'hyparquet-writer';
import writeExcelFile from 'write-excel-file/node';
import '../handler-environment';
import { prepareDataset } from '../../../lambda/prepare-dataset/prepare';
import type { PreparedDataset } from '../../../lambda/shared/prepared-dataset';
import type { Plan } from '../../../lambda/shared/plan';
import { DatasetUnavailable, InvalidDataset } from '../../../lambda/shared/step-errors';
import { csv, datasetOf, sentences, zip } from './sentences';
import { keepObjects, s3Mock } from './stored-objects';

const ROWS = sentences(40).map(([text, label]) => [`${text}, "né" à Köln`, label] as [string, string]);
const OUTPUT = 's3://data-bucket/datasets/run';

let objects: Map<string, Buffer>;

beforeEach(() => {
  objects = keepObjects();
});

/** As Excel and pandas write it. */
function quoted(delimiter: string, header: readonly string[] | undefined): string {
  const rows = header === undefined ? ROWS : [header, ...ROWS];
  return (
    rows.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(delimiter)).join('\r\n') + '\r\n'
  );
}

function parquet(names?: readonly string[]): Buffer {
  const features = { info: { features: { label: { names, _type: 'ClassLabel' } } } };
  return Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: ROWS.map((_, id) => id) },
        { name: 'text', data: ROWS.map(([text]) => text) },
        names === undefined
          ? { name: 'label', data: ROWS.map(([, label]) => label) }
          : { name: 'label', data: ROWS.map(([, label]) => BigInt(names.indexOf(label))), type: 'INT64' },
      ],
      rowGroupSize: 7,
      kvMetadata: names && [{ key: 'huggingface', value: JSON.stringify(features) }],
    }),
  );
}

async function workbook(): Promise<Buffer> {
  return writeExcelFile([['text', 'label'], ...ROWS].map(cellsOf)).toBuffer();
}

function cellsOf(row: readonly string[]) {
  return row.map((value) => (value === '' ? null : { type: String, value }));
}

describe('the same rows come out of', () => {
  const layouts: [string, string, () => Buffer | Promise<Buffer>, string[], Partial<Plan['dataset']>?][] = [
    ['commas', 'a.csv', () => Buffer.from(quoted(',', ['text', 'label'])), []],
    ['semicolons', 'a.csv', () => Buffer.from(quoted(';', ['text', 'label'])), ['delimiter semicolon']],
    ['tabs in a .csv', 'a.csv', () => Buffer.from(quoted('\t', ['text', 'label'])), ['delimiter tab']],
    ['bars', 'a.csv', () => Buffer.from(quoted('|', ['text', 'label'])), ['delimiter bar']],
    [
      'Windows-1252, as Excel writes it',
      'a.csv',
      () => Buffer.from(quoted(';', ['text', 'label']), 'latin1'),
      ['encoding Windows-1252 (guessed)', 'delimiter semicolon'],
    ],
    [
      'UTF-16 with a mark',
      'a.csv',
      () => Buffer.from(`\uFEFF${quoted('\t', ['text', 'label'])}`, 'utf16le'),
      ['delimiter tab'],
    ],
    ['UTF-16 without', 'a.csv', () => Buffer.from(quoted(',', ['text', 'label']), 'utf16le'), []],
    [
      'big-endian UTF-16',
      'a.csv',
      () => Buffer.from(`\uFEFF${quoted(',', ['text', 'label'])}`, 'utf16le').swap16(),
      [],
    ],
    ['gzip', 'a.csv.gz', () => gzipSync(quoted(',', ['text', 'label'])), []],
    [
      'two gzip members',
      'a.csv.gz',
      () => Buffer.concat([gzipSync('text,label\r\n'), gzipSync(quoted(',', undefined))]),
      [],
    ],
    [
      'objects in JSON',
      'a.jsonl',
      () => Buffer.from(ROWS.map(([text, label]) => `${JSON.stringify({ id: 1, label, text })}\n\n`).join('')),
      [],
    ],
    ['Parquet', 'a.parquet', () => parquet(), []],
    ["Hugging Face's ClassLabel", 'a.parquet', () => parquet(['bad', 'good']), []],
    ['a zip with Parquet', 'a.zip', () => zip({ 'a.parquet': parquet() }), []],
    ['a workbook', 'a.xlsx', workbook, []],
  ];
  test.each(layouts)('%s', async (_, name, content, guesses) => {
    const prepared = await prepare(name, await content());
    expect(prepared.choices).toEqual([...guesses, 'text in "text"', 'label in "label"']);
    expect(written()).toEqual([...ROWS].sort());
  });

  test.each([
    ['no header', undefined, 'no header'],
    ['a header that says nothing', ['x', 'y'], 'the first row is a header'],
  ])('columns by number, with %s', async (_, header, choice) => {
    const numbers = { textColumn: '1', labelColumn: '2' };
    const prepared = await prepare('a.csv', Buffer.from(quoted(',', header)), numbers);
    expect(prepared.choices).toEqual([choice, 'text in column 1', 'label in column 2']);
    expect(written()).toEqual([...ROWS].sort());
  });

  test('a first row whose label comes again only far below is a header, however many rows there are', async () => {
    const rows: [string, string][] = [['the first', 'rare'], ...sentences(1500), ['the last', 'rare']];
    const prepared = await prepare('a.csv', Buffer.from(csv('the header,of rows', rows)), {
      textColumn: '1',
      labelColumn: '2',
      rareLabels: 'train-only',
    });
    expect(prepared).toMatchObject({
      rows: 1502,
      choices: ['the first row is a header', 'text in column 1', 'label in column 2'],
    });
  });
});

test.each(['_a.csv', '.a.csv'])('a file that is asked for by its name, %s, is read', async (name) => {
  await expect(prepare(name, Buffer.from(csv('text,label', ROWS.map(plain))))).resolves.toMatchObject({ rows: 40 });
});

describe('a folder', () => {
  test('is read file by file, in the order of their names, without what is no data', async () => {
    objects.set('s3://source/parts/part-1.csv', Buffer.from(csv('text,label', ROWS.slice(0, 10).map(plain))));
    objects.set('s3://source/parts/part-0.jsonl', Buffer.from(jsonl(ROWS.slice(10))));
    for (const name of ['_SUCCESS', '_temporary/x.csv', '.x.csv', '__MACOSX/x.csv']) {
      objects.set(`s3://source/parts/${name}`, Buffer.from('never read'));
    }
    objects.set('s3://source/parts-of-others/x.csv', Buffer.from('never read'));
    await expect(prepareFrom('s3://source/parts/')).resolves.toMatchObject({ rows: 40, labelCount: 2 });
    await expect(prepareFrom('s3://source/parts')).resolves.toMatchObject({ rows: 40 });
  });

  test('must have files that are alike', async () => {
    objects.set('s3://source/parts/0.csv', Buffer.from(csv('text,label', ROWS.map(plain))));
    objects.set('s3://source/parts/1.jsonl', Buffer.from('{"text": "a", "label": ["good"]}\n'));
    await expect(prepareFrom('s3://source/parts/')).rejects.toThrow(
      '1.jsonl has single texts with lists of labels where 0.csv has single texts with one label each; all data files must be alike',
    );
  });

  test('without data is told apart from none', async () => {
    objects.set('s3://source/parts/readme.md', Buffer.from(''));
    await expect(prepareFrom('s3://source/parts/')).rejects.toThrow('there is no data file (.csv, .tsv, .jsonl,');
    await expect(prepareFrom('s3://source/others/')).rejects.toThrow('there is nothing below s3://source/others/');
  });
});

test.each([
  ['NoSuchBucket', 'there is no bucket source; correct the URL, or add it to dataset.readableBuckets'],
  ['AccessDenied', 'these may not be listed: the bucket source; correct the URL'],
])('a folder in a bucket of which S3 says %s is not available', async (name, message) => {
  s3Mock.on(ListObjectsV2Command).rejects(Object.assign(new Error('no'), { name }));
  const preparation = prepareFrom('s3://source/parts/');
  await expect(preparation).rejects.toThrow(DatasetUnavailable);
  await expect(preparation).rejects.toThrow(message);
});

describe('bad files', () => {
  const bad: [string, string, Buffer | string, string][] = [
    [
      'a workbook named .csv',
      'a.csv',
      'PK\x03\x04rest',
      'a.csv is no text but a zip or an Excel workbook; name it .zip or .xlsx',
    ],
    ['Parquet named .jsonl', 'a.jsonl', parquet(), 'a.jsonl is no text but a Parquet file; name it .parquet'],
    ['gzip named .csv', 'a.csv', gzipSync('x'), 'a.csv is no text but compressed by gzip; let its name end in .gz'],
    ['half a UTF-16 character', 'a.csv', Buffer.from('fffe41', 'hex'), 'a.csv is not sound UTF-16 text'],
    ['no gzip', 'a.csv.gz', 'text,label\n', 'a.csv.gz is not a sound gzip file'],
    [
      'gzip that ends early',
      'a.csv.gz',
      gzipSync(quoted(',', ['text', 'label'])).subarray(0, 60),
      'a.csv.gz is not a sound gzip file: unexpected end of file',
    ],
    ['no Parquet', 'a.parquet', 'text,label\n', 'a.parquet is not a sound Parquet file'],
    ['damaged Parquet', 'a.parquet', damaged(parquet()), 'a.parquet is not a sound Parquet file'],
    ['no workbook', 'a.xlsx', 'text,label\n', 'a.xlsx is not a sound Excel workbook'],
    [
      'no JSON',
      'a.jsonl',
      '{"text": "a", "label": "b"}\n{"text": "secret"\n',
      'a.jsonl, line 2: this is not JSON; a .jsonl file has one object on each line',
    ],
    ['no object', 'a.jsonl', '["a", "b"]\n', 'a.jsonl, line 1: this is no object in JSON'],
    ['an empty file', 'a.jsonl', '\n', 'a.jsonl is empty'],
    [
      'an object for a label',
      'a.jsonl',
      '{"text": "a", "label": {"b": 1}}\n',
      'a.jsonl, line 1, column "label": the label is neither text nor number',
    ],
    [
      'a list for a text',
      'a.jsonl',
      '{"text": ["a"], "label": "b"}\n',
      'a.jsonl, line 1: the text is a list or an object',
    ],
    [
      'a list after a label',
      'a.jsonl',
      '{"text": "a", "label": "b"}\n{"text": "c", "label": ["d"]}\n',
      'a.jsonl, line 2: here is a list of labels where the rows before have one label each',
    ],
  ];
  test.each(bad)('%s', async (_, name, content, message) => {
    const preparation = prepare(name, Buffer.from(content));
    await expect(preparation).rejects.toThrow(InvalidDataset);
    await expect(preparation).rejects.toThrow(message);
    await expect(preparation).rejects.not.toThrow('secret');
    expect(objects.size).toBe(1);
  });
});

describe('labels', () => {
  test.each([
    ['numbers', [0, 1, 2], ['0', '1', '2']],
    ['truth values', [true, false], ['false', 'true']],
    ['numbers with a point', [1.5, 2], ['1.5', '2']],
  ])('may be %s', async (_, values, labels) => {
    const lines = sentences(60).map(([text], id) => ({ text, label: values[id % values.length] }));
    const prepared = await prepare('a.jsonl', Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n')));
    expect(prepared.labels.map(({ label }) => label).sort()).toEqual(labels);
  });

  test('may be several for a text, or none: a list', async () => {
    const lines = tagged().map(([text, labels]) => JSON.stringify({ text, tags: labels }));
    await expect(prepare('a.jsonl', Buffer.from(lines.join('\n')))).resolves.toMatchObject({ severalLabels: true });
    expect(written('labels')).toEqual(
      tagged()
        .map(([text, labels]) => [text, JSON.stringify(labels)])
        .sort(),
    );
  });

  test('may be several for a text, with something between them', async () => {
    const lines = tagged().map(([text, labels]) => [
      text,
      labels.length === 0 ? ' | ' : [...labels, labels[0]].join(' | '),
    ]);
    await prepare('a.csv', Buffer.from(csv('text,tags', lines)), { labelSeparator: '|' });
    expect(written('labels')).toEqual(
      tagged()
        .map(([text, labels]) => [text, JSON.stringify(labels)])
        .sort(),
    );
  });

  test.each([
    ['.csv', (rows: string[][]) => Buffer.from(csv('text,tags', rows))],
    ['.xlsx', (rows: string[][]) => writeExcelFile([['text', 'tags'], ...rows].map(cellsOf)).toBuffer()],
  ])('with something between them are none in an empty cell of a %s', async (ending, contentOf) => {
    const rows = tagged().map(([text, labels]) => [text, labels.join(';')]);
    const prepared = await prepare(`a${ending}`, await contentOf(rows), { labelSeparator: ';' });
    expect(prepared).toMatchObject({ rows: 120, severalLabels: true });
    expect(written('labels')).toEqual(
      tagged()
        .map(([text, labels]) => [text, JSON.stringify(labels)])
        .sort(),
    );
  });

  test('go with pairs of texts', async () => {
    const lines = ROWS.map(([text, label], id) => ({ question: text, answer: `answer ${id}`, label }));
    const content = Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'));
    const prepared = await prepare('a.jsonl', content, { textColumn: 'question', pairColumn: 'answer' });
    expect(prepared).toMatchObject({
      hasPairs: true,
      choices: ['text in "question"', 'second text in "answer"', 'label in "label"'],
    });
    expect(written('text_pair', 'label')).toEqual(lines.map((line) => Object.values(line)).sort());
  });
});

test('pairs that only the columns tell of are refused where long texts are to be read in windows', async () => {
  const rows = ROWS.map(([text, label], id) => ({ text, text_pair: `answer ${id}`, label }));
  const content = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));
  await expect(prepare('a.jsonl', content, { inWindows: true })).rejects.toThrow(InvalidDataset);
  await expect(prepare('a.jsonl', content, { inWindows: true })).rejects.toThrow(
    'a.jsonl has pairs of texts, and training.overflow, or that of a candidate, is window, in which no pairs are read; choose',
  );
  expect([...objects.keys()].filter((uri) => uri.startsWith(OUTPUT))).toEqual([]);
  await expect(prepare('a.jsonl', content)).resolves.toMatchObject({ hasPairs: true });
  await expect(prepare('b.jsonl', Buffer.from(jsonl(ROWS)), { inWindows: true })).resolves.toMatchObject({
    hasPairs: false,
  });
});

function tagged(): [string, string[]][] {
  const sets = [['a'], ['a', 'b'], [], ['b'], ['a', 'c'], ['c']];
  return sentences(120).map(([text], id) => [text, sets[id % sets.length] ?? []]);
}

function plain([text, label]: [string, string]): [string, string] {
  return [text.replace(/[,"]/g, ''), label];
}

function jsonl(rows: readonly [string, string][]): string {
  return rows.map(([text, label]) => `${JSON.stringify({ text, label })}\n`).join('');
}

/** With other bytes in its first pages. */
function damaged(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  return copy.fill(0xff, 8, 200);
}

async function prepare(name: string, content: Buffer, options?: Partial<Plan['dataset']>): Promise<PreparedDataset> {
  objects.set(`s3://source/${name}`, content);
  return prepareFrom(`s3://source/${name}`, options);
}

async function prepareFrom(source: string, options?: Partial<Plan['dataset']>): Promise<PreparedDataset> {
  return prepareDataset({ ...datasetOf(source), ...options }, new S3Client(), 1_000_000);
}

/** The rows of both sides, which have these columns after the text. */
function written(...columns: string[]): string[][] {
  const sides = ['training/train.csv', 'testing/test.csv'].map((path) => {
    const [header, ...rows] = parse(String(objects.get(`${OUTPUT}/${path}`)));
    expect(header).toEqual(['text', ...(columns.length === 0 ? ['label'] : columns)]);
    return rows;
  });
  return sides.flat().sort();
}
