import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { parse } from 'csv-parse/sync';
import '../handler-environment';
import { DatasetUnavailable, InvalidDataset } from '../../../lambda/shared/step-errors';
import { handler } from '../../../lambda/prepare-dataset/index';
import { prepareDataset } from '../../../lambda/prepare-dataset/prepare';
import type { PreparedDataset } from '../../../lambda/shared/prepared-dataset';
import type { Plan } from '../../../lambda/shared/plan';
import { colaTsv, csv, datasetOf, sentences, zip } from './sentences';
import { keepObjects } from './stored-objects';

const MAXIMUM_ZIP_BYTES = 1_000_000;
const TRAIN = 's3://data-bucket/datasets/run/training/train.csv';
const TEST = 's3://data-bucket/datasets/run/testing/test.csv';
const MANIFEST = 's3://data-bucket/datasets/run/manifest.json';

let objects: Map<string, Buffer>;

beforeEach(() => {
  objects = keepObjects();
});

describe('a good file', () => {
  test('is split into train.csv and test.csv with a manifest', async () => {
    const rows = sentences(200);
    const prepared = await prepare('data.csv', csv('text,label', rows));

    const train = readCsv(TRAIN);
    const test = readCsv(TEST);
    expect([...train, ...test].sort()).toEqual([...rows].sort());
    expect(prepared).toEqual({
      rows: 200,
      trainRows: train.length,
      testRows: test.length,
      duplicates: 0,
      conflicts: 0,
      ...{ inTestSplit: 0, emptyRows: 0, droppedRows: 0, nearDuplicates: 0, truncatedTexts: 0, truncatedShare: 0 },
      ...{ labelCount: 2, severalLabels: false, hasPairs: false, warnings: [] },
      choices: ['text in "text"', 'label in "label"'],
      labels: [
        { label: 'good', train: 75, test: 25, dropped: 0 },
        { label: 'bad', train: 75, test: 25, dropped: 0 },
      ],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      manifestUri: MANIFEST,
    });
    expect(test.filter(([, label]) => label === 'good')).toHaveLength(25);
    expect(test).toHaveLength(50);
    expect(JSON.parse(String(objects.get(MANIFEST)))).toEqual({
      ...Object.fromEntries(Object.entries(prepared).filter(([name]) => !['labelCount', 'manifestUri'].includes(name))),
      source: 's3://source/data.csv',
      testSource: null,
      labels: { good: { train: 75, test: 25, dropped: 0 }, bad: { train: 75, test: 25, dropped: 0 } },
    });
  });

  test('has each row on the same side in every order, and moves few when others come', async () => {
    const rows = sentences(300);
    await prepare('data.csv', csv('text,label', rows));
    const before = readCsv(TEST).map(([text]) => text);
    await prepare('data.csv', csv('text,label', [...rows].reverse()));
    expect(
      readCsv(TEST)
        .map(([text]) => text)
        .sort(),
    ).toEqual([...before].sort());

    const more: [string, string][] = [1, 2, 3].map((number) => [`another ${number}`, 'good']);
    await prepare('data.csv', csv('text,label', [...rows, ...more]));
    const after = new Set(readCsv(TEST).map(([text]) => text));
    expect(before.filter((text) => !after.has(text)).length).toBeLessThanOrEqual(more.length);
  });

  test('keeps quotes, separators and line breaks in texts', async () => {
    const texts = ['plain', 'with, comma', 'a "quoted" word', 'two\nlines', 'grüße 你好'];
    const rows = texts.flatMap((text) => sentences(20).map(([more, label]) => [`${text} ${more}`, label]));
    const quoted = rows.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`));
    await prepare('data.csv', csv('text,label', quoted));

    expect([...readCsv(TRAIN), ...readCsv(TEST)].sort()).toEqual([...rows].sort());
  });

  test('may have a byte order mark, CRLF, blank lines, other columns and names of its own', async () => {
    const lines = sentences(40).map(([text, label], id) => `${id},${label},${text}\r\n\r\n`);
    const content = `\uFEFFid,verdict,body\r\n${lines.join('')}`;
    const prepared = await prepare('data.csv', content, { textColumn: 'body', labelColumn: 'verdict' });

    expect(prepared).toMatchObject({ rows: 40, labelCount: 2 });
  });

  test('may call its text column "sentence"', async () => {
    await expect(prepare('data.csv', csv('sentence,label', sentences(40)))).resolves.toMatchObject({ rows: 40 });
  });

  test('may be tab separated, where quotes are characters like others', async () => {
    const rows = sentences(40).map(([text, label]) => [`"${text}`, label] as const);
    const content = ['label\ttext', ...rows.map(([text, label]) => `${label}\t${text}`)].join('\n');
    await prepare('data.tsv', content);

    expect(readCsv(TRAIN).every(([text]) => text.startsWith('"sentence'))).toBe(true);
  });

  test('may come in a zip with directories, notes and what macOS adds', async () => {
    const content = await zip({
      'folder/notes.txt': 'read me',
      'folder/data.csv': csv('text,label', sentences(40)),
      '__MACOSX/folder/._data.csv': 'shadow',
    });
    await expect(prepare('data.zip', content)).resolves.toMatchObject({ rows: 40 });
  });

  test("may be CoLA's zip, of which the raw training sentences count", async () => {
    const rows = sentences(60, ['1', '0']);
    const content = await zip({
      'cola_public/README': 'about',
      'cola_public/tokenized/in_domain_train.tsv': colaTsv(sentences(10, ['1', '0'])),
      'cola_public/raw/in_domain_dev.tsv': colaTsv(sentences(10, ['1', '0'])),
      'cola_public/raw/in_domain_train.tsv': colaTsv(rows),
    });
    await expect(prepare('cola_public_1.1.zip', content)).resolves.toMatchObject({
      rows: 60,
      labelCount: 2,
    });
    expect([...readCsv(TRAIN), ...readCsv(TEST)].sort()).toEqual([...rows].sort());
  });

  test("may be CoLA's training file by itself", async () => {
    const prepared = await prepare('in_domain_train.tsv', colaTsv(sentences(60, ['1', '0'])));
    expect(prepared.rows).toBe(60);
  });

  test('loses texts that come again, and says how many had another label', async () => {
    const rows = sentences(40);
    const again = [rows[0], rows[0], [rows[1]?.[0] ?? '', 'good']] as [string, string][];
    const prepared = await prepare('data.csv', csv('text,label', [...rows, ...again]));

    expect(prepared).toMatchObject({ rows: 43, duplicates: 3, conflicts: 1, labelCount: 2 });
    expect(prepared.trainRows + prepared.testRows).toBe(40);
  });

  test('may have labels that JavaScript has other uses for', async () => {
    const prepared = await prepare('data.csv', csv('text,label', sentences(60, ['__proto__', 'constructor'])));
    expect(prepared.labelCount).toBe(2);
    expect([...readCsv(TRAIN), ...readCsv(TEST)].filter(([, label]) => label === '__proto__')).toHaveLength(30);
  });

  test('leaves a thousand long labels in the manifest, not in the state', async () => {
    const labels = Array.from({ length: 1000 }, (_, id) => `${id}`.padEnd(256, 'x'));
    const prepared = await prepare('data.csv', csv('text,label', sentences(40_000, labels)));
    expect(prepared.labelCount).toBe(1000);
    expect(JSON.stringify(prepared).length).toBeLessThan(8000);
    expect(String(objects.get(MANIFEST))).toContain(labels[999]);
  });
});

describe('a bad file is refused with file and line, and nothing is written', () => {
  const good = csv('text,label', sentences(40));
  const bad: [string, string | Buffer, string | RegExp][] = [
    ['an empty file', '', 'data.csv is empty'],
    ['a header only', 'text,label\n', 'data.csv has no labeled rows'],
    [
      'a header without the columns',
      'id,body\n1,one\n',
      'data.csv: no column is called as a text usually is (text, sentence, review, content, comment, message, title), there is only "id", "body"; name the text column in dataset.textColumn, or number it where there is no header',
    ],
    [
      'a header without the label',
      'text,verdict\none,good\n',
      'data.csv: no column is called as a label usually is (label, labels, category, class, target, sentiment, intent, tags), there is only "text", "verdict"; name the label column in dataset.labelColumn',
    ],
    [
      'a column twice',
      'text,label,text\n',
      'data.csv: the text may be in "text" or "text"; name the column in dataset.textColumn',
    ],
    ['a row with too few fields', `${good}short\n`, 'data.csv, line 42: the row has 1 field where 2 are expected'],
    ['a row with too many fields', 'text,label\na, b,good\n', 'data.csv, line 2: the row has 3 fields where 2'],
    [
      'a bad row after blank lines and a field with line breaks',
      'text,label\n\n"two\nlines",good\n\n\nshort\n',
      'data.csv, line 7: the row has 1 field',
    ],
    [
      'an unclosed quote',
      'text,label\none,good\n"two,bad\nthree,good\n',
      'data.csv, line 3: a quote opens in this row and is never closed',
    ],
    [
      'a quote closed only in another row',
      'text,label\n"two,bad\n"three",good\n',
      'data.csv, line 2: a quote opens in this row and is not closed at the end of a field',
    ],
    ['a quote inside a field', 'text,label\nsay "two",bad\n', 'data.csv, line 2: there is a quote inside a field'],
    ['an empty label', 'text,label\none,good\ntwo,\n', 'data.csv, line 3: the label is empty'],
    ['a blank text', 'text,label\none,good\n"  ",bad\n', 'data.csv, line 3: the text is empty'],
    [
      'lines in two encodings',
      Buffer.concat([Buffer.from('text,label\n\u00e9t\u00e9,good\n'), Buffer.from('gr\u00fc\u00dfe,bad\n', 'latin1')]),
      'data.csv, line 3: this is not UTF-8 text, which line 2 is; save the file with the encoding UTF-8',
    ],
    ['an endless line', 'x'.repeat(9_000_000), 'data.csv, line 1: the line is longer than 8 MB'],
    ['an endless row', `text,label\n"${'x\n'.repeat(500_001)}`, 'data.csv, line 2: the row is longer than 1 MB'],
    ['one single label', csv('text,label', sentences(40, ['good'])), 'data.csv has one single label, "good"'],
    [
      'fewer rows than the labels need',
      csv('text,label', [...sentences(40), ['rare text', 'rare']]),
      'data.csv: too few different texts have the label "rare" (1), where 4 are needed; add rows, remove these, or set dataset.rareLabels to "drop" or "train-only"',
    ],
    [
      'a label that is a text',
      csv('text,label', [...sentences(40), ['a text', 'é'.repeat(129)]]),
      'data.csv, line 42, column "label": the label has 258 bytes and may have 256; shorten it, or name the right column in dataset.labelColumn',
    ],
    [
      'a header that is a text',
      `${'x'.repeat(5000)},y\na,b\n`,
      /^.{1,1300}…; name the text column in dataset.textColumn, or number it where there is no header$/,
    ],
    [
      'a text column for labels',
      csv(
        'text,label',
        sentences(1001).map(([text], id) => [text, `label ${id}`]),
      ),
      'there are more than 1000 different labels; is dataset.labelColumn the right column?',
    ],
  ];
  test.each(bad)('%s', async (_, content, message) => {
    const preparation = prepare('data.csv', content);
    await expect(preparation).rejects.toThrow(InvalidDataset);
    await expect(preparation).rejects.toThrow(message);
    expect([...objects.keys()]).toEqual(['s3://source/data.csv']);
  });

  const badZips: [string, string, () => Promise<Buffer>, string][] = [
    ['no zip', 'a.zip', async () => Promise.resolve(Buffer.from('no zip')), 'a.zip is not a sound zip file'],
    [
      'an empty zip',
      'a.zip',
      () => zip({}),
      'a.zip has no .csv, .tsv, .jsonl, .parquet or .xlsx file, only nothing at all',
    ],
    ['no data file', 'a.zip', () => zip({ 'x/readme.txt': '' }), 'file, only x/readme.txt'],
    [
      'several data files',
      'a.zip',
      () => zip({ 'one.csv': '', 'two.tsv': '' }),
      'a.zip has several data files (one.csv, two.tsv); pack the one to train on alone',
    ],
    [
      'a bad row inside',
      'a.zip',
      () => zip({ 'x/one.csv': 'text,label\nshort\n' }),
      'a.zip: x/one.csv, line 2: the row has 1 field',
    ],
    [
      'a zip bomb',
      'a.zip',
      () => zip({ 'one.csv': 'x'.repeat(MAXIMUM_ZIP_BYTES + 1) }),
      'a.zip: one.csv has 1000001 bytes unpacked, more than the 1000000 allowed',
    ],
    [
      'a zip bomb that understates its size',
      'a.zip',
      async () => understate(await zip({ 'one.csv': 'x'.repeat(MAXIMUM_ZIP_BYTES + 1) }), MAXIMUM_ZIP_BYTES + 1, 1000),
      'a.zip is not a sound zip file',
    ],
    [
      'a zip that is too large itself',
      'a.zip',
      async () => Promise.resolve(Buffer.alloc(MAXIMUM_ZIP_BYTES + 1)),
      'a.zip has more than the 1000000 bytes allowed',
    ],
    [
      'an extension that says nothing',
      'a.docx',
      async () => Promise.resolve(Buffer.from('')),
      'a.docx is no data file by its name, which must end in .csv, .tsv, .jsonl, .parquet or .xlsx',
    ],
  ];
  test.each(badZips)('%s', async (_, name, content, message) => {
    const preparation = prepare(name, await content());
    await expect(preparation).rejects.toThrow(InvalidDataset);
    await expect(preparation).rejects.toThrow(message);
    expect(objects.size).toBe(1);
  });
});

describe('a source that cannot be read is DatasetUnavailable, in one sentence', () => {
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    const data = csv('text,label', sentences(40));
    server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path.startsWith('/data.csv')) {
        response.end(data);
      } else if (path === '/moved.csv') {
        response.writeHead(302, { location: '/data.csv' }).end();
      } else if (path === '/loop.csv') {
        response.writeHead(302, { location: '/loop.csv' }).end();
      } else if (path === '/leaves.csv') {
        response.writeHead(302, { location: 'http://example.com/data.csv' }).end();
      } else if (path === '/broken.csv') {
        response.writeHead(200, { 'content-length': '100000' });
        response.write(data, () => response.destroy());
      } else {
        response.writeHead(404).end('no');
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
  });
  afterAll(async () => {
    delete process.env.AWS_ENDPOINT_URL;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each(['/data.csv', '/data.csv?signature=secret', '/moved.csv'])('(%s is read)', async (path) => {
    await expect(prepareFrom(origin + path)).resolves.toMatchObject({ rows: 40 });
  });

  test.each([
    [
      'a 404',
      '/gone.csv?signature=secret',
      /^127\.0\.0\.1:\d+ answered 404 for http:\/\/127\.0\.0\.1:\d+\/gone\.csv; /,
    ],
    ['a circle of redirects', '/loop.csv', /redirects more than 5 times$/],
    ['a redirect away from https', '/leaves.csv', /^http:\/\/example\.com\/data\.csv is not https/],
    ['a transfer that breaks off', '/broken.csv', /^the transfer of .*\/broken\.csv broke off \(/],
  ])('%s', async (_, path, message) => {
    const preparation = prepareFrom(origin + path);
    await expect(preparation).rejects.toThrow(DatasetUnavailable);
    await expect(preparation).rejects.toThrow(message);
    expect(objects.size).toBe(0);
  });

  test.each(['http://127.0.0.1:1', undefined, 'https://s3.eu-west-1.amazonaws.com'])(
    'plain http on loopback is refused but where AWS is there too: %s',
    async (aws) => {
      const here = process.env.AWS_ENDPOINT_URL;
      if (aws === undefined) delete process.env.AWS_ENDPOINT_URL;
      else process.env.AWS_ENDPOINT_URL = aws;
      const preparation = prepareFrom(`${origin}/data.csv`);
      await (aws === here
        ? expect(preparation).resolves.toMatchObject({ rows: 40 })
        : expect(preparation).rejects.toThrow('is not https; data is fetched over https only'));
      process.env.AWS_ENDPOINT_URL = here;
    },
  );

  test('a refused connection', async () => {
    await expect(prepareFrom('http://127.0.0.1:9/data.csv')).rejects.toThrow(
      /^127\.0\.0\.1:9 could not be reached \(.+\); is the address right\?$/,
    );
    const port = await unusedPort();
    await expect(prepareFrom(`http://localhost:${port}/data.csv`)).rejects.toThrow(
      `localhost:${port} could not be reached (ECONNREFUSED); is the address right?`,
    );
  });

  test('no such object', async () => {
    const preparation = prepareFrom('s3://source/nothing.csv');
    await expect(preparation).rejects.toThrow(DatasetUnavailable);
    await expect(preparation).rejects.toThrow('there is no s3://source/nothing.csv');
  });
});

test('the handler prepares what the plan says', async () => {
  objects.set('s3://source/data.csv', Buffer.from(csv('text,label', sentences(40))));
  await expect(handler({ dataset: datasetOf('s3://source/data.csv') })).resolves.toMatchObject({ rows: 40 });
});

type Dataset = Plan['dataset'];

async function prepare(name: string, content: string | Buffer, options?: Partial<Dataset>): Promise<PreparedDataset> {
  objects.set(`s3://source/${name}`, Buffer.from(content));
  return prepareFrom(`s3://source/${name}`, options);
}

async function prepareFrom(source: string, options?: Partial<Dataset>): Promise<PreparedDataset> {
  return prepareDataset({ ...datasetOf(source), ...options }, new S3Client(), MAXIMUM_ZIP_BYTES);
}

function readCsv(uri: string): [string, string][] {
  const [header, ...rows] = parse(String(objects.get(uri)));
  expect(header).toEqual(['text', 'label']);
  return rows as [string, string][];
}

/** Changes what the zip says of its file's size, wherever it says so. */
function understate(archive: Buffer, size: number, claim: number): Buffer {
  for (let at = 0; at + 4 <= archive.length; at += 1) {
    if (archive.readUInt32LE(at) === size) {
      archive.writeUInt32LE(claim, at);
    }
  }
  return archive;
}

async function unusedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
