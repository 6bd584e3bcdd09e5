import { gzipSync } from 'node:zlib';
import { openTable } from '../../../../lambda/shared/tables/open-table';
import { NOT_UTF8 } from '../../../../lambda/shared/tables/encoding';
import type { Format } from '../../../../lambda/shared/tables/data-file';
import { InvalidDataset } from '../../../../lambda/shared/step-errors';

/* A row that is not as it should be is told from those beside it, in blocks of any size. */

test.each([1, 7, 10_000])('a quote that opens by mistake ends with its line, in blocks of %d bytes', async (size) => {
  const text = 'id,text\n1,"open\n2,"in "two"\n3,"a\nb"\n\n4,x"y\n5,fine\n6,"never closed\n7,last';
  await expect(read('csv', text, size)).resolves.toEqual([
    'line 2: a quote opens in this row and is not closed at the end of a field; write a quote inside a quoted field as ""',
    'line 3: a quote opens in this row and is not closed at the end of a field; write a quote inside a quoted field as ""',
    ['3', 'a\nb'],
    'line 7: there is a quote inside a field that does not begin with one; enclose the field in quotes and write the inner ones as ""',
    ['5', 'fine'],
    'line 9: a quote opens in this row and is never closed',
    ['7', 'last'],
  ]);
});

test('a row of more or fewer fields, and one that is too long, are faults of their own', async () => {
  await expect(read('csv', `id,text\r\n1\r\n2,a,b\r\n3,"${'x'.repeat(1_000_001)}"\r\n4,"c"\r\n`)).resolves.toEqual([
    expect.stringMatching(/^line 2: the row has 1 field where 2 are expected;/),
    expect.stringMatching(/^line 3: the row has 3 fields where 2 are expected;/),
    'line 4: the row is longer than 1 MB; is a quote left open?',
    ['4', 'c'],
  ]);
});

test('a line that is no object comes with its text, before the first object too', async () => {
  const rows = await read('jsonl', 'no\n{"id": 2019, "text": "a", "2": 1}\n\n["a"]\n{"text": "b"}');
  expect(rows).toEqual([
    'line 1: this is not JSON; a .jsonl file has one object on each line',
    [1, 2019, 'a'],
    'line 4: this is no object in JSON, such as {"text": "…", "label": "…"}',
    [undefined, undefined, 'b'],
  ]);
});

test('bytes that are not UTF-8 are marked, and nothing else is', async () => {
  const text = Buffer.concat([
    Buffer.from('id,text\n1,é \uFFFD\n2,'),
    Buffer.from([0xff, 0xe9]),
    Buffer.from('\n3,ü\n'),
  ]);
  await expect(read('csv', text)).resolves.toEqual([
    ['1', 'é \uFFFD'],
    ['2', NOT_UTF8 + NOT_UTF8],
    ['3', 'ü'],
  ]);
  const utf16 = Buffer.from('\uFEFFid,text\n1,\uD800.\n2,ü\n', 'utf16le');
  await expect(read('csv', utf16)).resolves.toEqual([
    ['1', `${NOT_UTF8}.`],
    ['2', 'ü'],
  ]);
});

test.each([
  ['csv', '"id,text\n', 'a.csv, line 1: a quote opens in this row and is never closed'],
  ['jsonl', 'no\nno\n', 'a.jsonl, line 1: this is not JSON'],
  ['jsonl', 'no\n'.repeat(2000) + '{}', 'a.jsonl, line 1: this is not JSON'],
  ['csv', gzipSync('x'), 'a.csv is no text but compressed by gzip'],
] as const)('a file of which no columns can be told is refused: %s', async (format, content, message) => {
  await expect(read(format, content)).rejects.toThrow(InvalidDataset);
  await expect(read(format, content)).rejects.toThrow(message);
});

/** The rows' values, or their faults. */
async function read(format: Format, content: string | Buffer, blockSize = 1000): Promise<unknown[]> {
  const table = await openTable(
    { name: `a.${format}`, format, bytes: blocks(Buffer.from(content), blockSize) },
    '/nowhere',
    'mark',
  );
  const rows: unknown[] = [];
  for await (const { where, values, fault } of table.read([...table.columns.keys()], false)) {
    rows.push(fault === undefined ? values : `${where.replace(/^.*, /, '')}: ${fault}`);
  }
  return rows;
}

// oxlint-disable-next-line typescript/require-await -- as files are read
async function* blocks(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < content.length; start += size) {
    yield content.subarray(start, start + size);
  }
}
