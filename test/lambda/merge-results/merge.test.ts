import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { mergeResults } from '../../../lambda/merge-results/merge';
import { encodeValue, type AnsweredLine } from '../../../lambda/shared/batch';
import { PartsMissing } from '../../../lambda/shared/step-errors';
import { ParquetWriter, ByteWriter } from 'hyparquet-writer';
import { type AnsweredFile, AnsweredRun, answered, refused, RUN_URI } from './answered-run';

/** Of fields that need care: separators, quotes, line breaks, other scripts, what looks like a formula. */
const ODD = ['a, b', 'she said "no"', 'two\nlines\r\n', 'né à Köln 👩‍👩‍👧', '=1+1', ' blanks ', '', 'tab\there'];

let run: AnsweredRun;

beforeAll(async () => {
  run = await AnsweredRun.open();
});
afterAll(async () => {
  await run.close();
});

async function merged(file: AnsweredFile, options?: Parameters<AnsweredRun['write']>[1]): Promise<Buffer> {
  await run.write([file], options);
  return run.read((await mergeResults(RUN_URI, 0, run.s3)).uri);
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

test('a .csv keeps its columns and gets label, score and error, in the order of its parts', async () => {
  const rows = ODD.map((text, row) => [text, String(row)]);
  const lines = rows.map((row, number) =>
    number === 6 ? refused(row, 'this row is empty') : answered(row, [number % 2 ? 'yes' : 'no', 0.5 + number / 100]),
  );
  const parts = [lines.slice(0, 3), lines.slice(3)];
  const bytes = await merged({ name: 'a/mails.csv', outputFormat: 'csv', columns: ['text', 'id'], parts });
  const [header, ...read] = parse(bytes);
  expect(header).toEqual(['text', 'id', 'label', 'score', 'error']);
  expect(read).toEqual(
    rows.map((row, number) => [
      ...row,
      ...(number === 6 ? ['', '', 'this row is empty'] : [number % 2 ? 'yes' : 'no', String(0.5 + number / 100), '']),
    ]),
  );
  expect(await run.outputs()).toEqual(['a/mails.csv']);
});

test('what comes of a gzipped file is gzipped, and has the ending of another format after its own', async () => {
  const parts = [[answered(['a'], ['yes', 0.75])]];
  const packed = await merged({ name: 'mails.tsv.gz', outputFormat: 'tsv', columns: ['text'], parts });
  expect(gunzipSync(packed).toString()).toBe('text\tlabel\tscore\terror\na\tyes\t0.75\t\n');
  await merged({ name: 'mails.csv.gz', outputFormat: 'jsonl', columns: ['text'], parts });
  expect(await run.outputs()).toEqual(['mails.csv.jsonl.gz']);
});

test('a .tsv has a row on each line, whatever the fields have', async () => {
  const parts = [ODD.map((text) => answered([text], ['yes', 1]))];
  const lines = (await merged({ name: 'a.csv', outputFormat: 'tsv', columns: ['text'], parts })).toString().split('\n');
  expect(lines).toHaveLength(ODD.length + 2);
  expect(lines[2]).toBe('she said "no"\tyes\t1\t');
  expect(lines[3]).toBe('two\\nlines\\r\\n\tyes\t1\t');
});

test('a .jsonl keeps each line as it was, its numbers to the last digit', async () => {
  const parts = [
    [
      answered('{"id": 12345678901234567890, "text": "a}", "more": {"b": [1.50]}}', ['yes', 0.75]),
      answered('{ }', ['no', 0.5]),
      refused('{"id": 3', 'this is not JSON'),
    ],
  ];
  const text = await merged({ name: 'a.jsonl', outputFormat: 'jsonl', columns: ['id', 'text'], parts });
  expect(text.toString()).toBe(
    '{"id": 12345678901234567890, "text": "a}", "more": {"b": [1.50]},"label":"yes","score":0.75,"error":null}\n' +
      '{"label":"no","score":0.5,"error":null}\n' +
      '{"line":"{\\"id\\": 3","label":null,"score":null,"error":"this is not JSON"}\n',
  );
});

test('every column of a .jsonl becomes one of a .csv, and of a .csv a field of a .jsonl', async () => {
  const record = '{"id": 7, "tags": ["a", "b"], "text": "x"}';
  const parts = [[answered(record, ['yes', 0.75]), answered('{"text": "y", "label": "b"}', ['no', 0.5])]];
  const file = { name: 'a.jsonl', columns: ['id', 'tags', 'text'], parts };
  const table = await merged({ ...file, outputFormat: 'csv' });
  expect(table.toString()).toBe(
    'id,tags,text,label,predicted_label,score,error\n7,"[""a"",""b""]",x,,yes,0.75,\n,,y,b,no,0.5,\n',
  );
  const numbered = { name: 'a.csv', columns: ['2', '1', '1'], parts: [[answered(['b', 'a', 'c'], ['no', 0.5])]] };
  const lines = await merged({ ...numbered, outputFormat: 'jsonl' });
  expect(lines.toString()).toBe('{"2":"b","1":"a","1_2":"c","label":"no","score":0.5,"error":null}\n');
});

test('a row that was cut into too many fields keeps them, and one of too few has empty ones', async () => {
  const parts = [[refused(['1', 'Hello', ' world'], 'fields'), refused(['2'], 'fields')]];
  const table = await merged({ name: 'a.csv', outputFormat: 'csv', columns: ['id', 'text'], parts });
  expect(table.toString()).toBe('id,text,label,score,error\n1,"Hello, world",,,fields\n2,,,,fields\n');
});

test('columns of the input keep their names, and new ones give way', async () => {
  const columns = ['text', 'label', 'predicted_label', 'error'];
  const parts = [[answered(['a', 'b', 'c', 'd'], ['yes', 0.75])]];
  const table = await merged({ name: 'a.csv', outputFormat: 'csv', columns, parts });
  expect(table.toString().split('\n')[0]).toBe(
    'text,label,predicted_label,error,predicted_predicted_label,score,predicted_error',
  );
});

test('with all scores there is a column for each label', async () => {
  const row = { ...answered(['a'], ['yes', 0.75], ['no', 0.25]), reached: 1 };
  const parts = [[row, refused([''], 'this row is empty')]];
  const table = await merged({ name: 'a.csv', outputFormat: 'csv', columns: ['text'], parts }, { scores: 'all' });
  expect(table.toString()).toBe(
    'text,label,score,score_no,score_yes,error\na,yes,0.75,0.25,0.75,\n,,,,,this row is empty\n',
  );
});

test('several labels are lists, which may be empty', async () => {
  const both = answered(['a'], ['yes', 0.75], ['no', 0.625]);
  const parts = [[both, answered(['b'])]];
  const file = { name: 'a.csv', columns: ['text'], parts };
  const table = await merged({ ...file, outputFormat: 'csv' }, { severalLabels: true });
  expect(table.toString()).toBe('text,labels,scores,error\na,"[""yes"",""no""]","[0.75,0.625]",\nb,[],[],\n');
  const reached = [{ ...both, reached: 1 } as AnsweredLine, { ...both, reached: 0 } as AnsweredLine];
  const all = { severalLabels: true, scores: 'all' } as const;
  const lines = await merged({ ...file, parts: [reached], outputFormat: 'jsonl' }, all);
  expect(lines.toString()).toBe(
    '{"text":"a","labels":["yes"],"scores":[0.75],"score_no":0.625,"score_yes":0.75,"error":null}\n' +
      '{"text":"a","labels":[],"scores":[],"score_no":0.625,"score_yes":0.75,"error":null}\n',
  );
  const columns = await merged({ ...file, outputFormat: 'parquet' }, { severalLabels: true });
  expect(await parquetReadObjects({ file: arrayBuffer(columns) })).toEqual([
    { text: 'a', labels: ['yes', 'no'], scores: [0.75, 0.625], error: null },
    { text: 'b', labels: [], scores: [], error: null },
  ]);
});

describe('a .parquet', () => {
  const DAY = new Date('2026-11-27T00:00:00Z');
  const ROWS = [
    {
      ...{
        text: ODD[2],
        id: 9007199254740993n,
        share: 0.1,
        isNew: true,
        day: DAY,
        at: new Date('2026-11-27T10:11:12.345Z'),
      },
      ...{ raw: Uint8Array.of(0, 255), json: { a: [1] }, tags: ['a', 'b'], ids: [1n, 2n], where: { x: 1.5, n: 3n } },
    },
    {
      ...{ text: 'b', id: null, share: NaN, isNew: null, day: null, at: null },
      ...{ raw: Uint8Array.of(1, 2), json: null, tags: [], ids: null, where: null },
    },
  ];
  const optional = { repetition_type: 'OPTIONAL' } as const;
  const list = (name: string) => [
    { name, ...optional, converted_type: 'LIST', num_children: 1 } as const,
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 } as const,
  ];
  const SCHEMA = [
    { name: 'root', num_children: 11 },
    { name: 'text', ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const,
    { name: 'id', ...optional, type: 'INT64' } as const,
    { name: 'share', ...optional, type: 'DOUBLE' } as const,
    { name: 'isNew', ...optional, type: 'BOOLEAN' } as const,
    { name: 'day', ...optional, type: 'INT32', converted_type: 'DATE' } as const,
    { name: 'at', ...optional, type: 'INT64', converted_type: 'TIMESTAMP_MICROS' } as const,
    { name: 'raw', repetition_type: 'REQUIRED', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2 } as const,
    { name: 'json', ...optional, type: 'BYTE_ARRAY', converted_type: 'JSON' } as const,
    ...list('tags'),
    { name: 'element', ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const,
    ...list('ids'),
    { name: 'element', ...optional, type: 'INT64' } as const,
    { name: 'where', ...optional, num_children: 2 } as const,
    { name: 'x', ...optional, type: 'FLOAT' } as const,
    { name: 'n', ...optional, type: 'INT64' } as const,
  ];
  const columns = Object.keys(ROWS[0] ?? {});

  /** As it is read, and as cutting writes it to JSON. */
  async function read(): Promise<{ bytes: ArrayBuffer; records: unknown[][] }> {
    const writer = new ByteWriter();
    const file = new ParquetWriter({ writer, schema: SCHEMA });
    await file.write({
      columnData: columns.map((name) => ({ name, data: ROWS.map((row) => row[name as keyof typeof row]) })),
    });
    await file.finish();
    const bytes = writer.getBuffer();
    const rows = await parquetReadObjects({ file: bytes });
    const encoded = JSON.stringify(
      rows.map((row) => columns.map((column) => row[column] as unknown)),
      (_, value: unknown) => encodeValue(value),
    );
    return { bytes, records: JSON.parse(encoded) as unknown[][] };
  }

  test('keeps the types of its columns', async () => {
    const { bytes, records } = await read();
    const parts = [records.map((record) => answered(record, ['yes', 0.75]))];
    const { schema } = parquetMetadata(bytes);
    const written = await merged({ name: 'a.parquet', outputFormat: 'parquet', columns, parts, parquetSchema: schema });
    const results = { label: 'yes', score: 0.75, error: null };
    const before = await parquetReadObjects({ file: bytes });
    expect(await parquetReadObjects({ file: arrayBuffer(written) })).toEqual(
      before.map((row) => ({ ...row, ...results })),
    );
    const [, ...elements] = parquetMetadata(arrayBuffer(written)).schema;
    expect(elements.slice(0, schema.length - 1)).toEqual(schema.slice(1));
  });

  test('becomes a .jsonl whose numbers are numbers', async () => {
    const { bytes, records } = await read();
    const parts = [records.slice(1).map((record) => answered([record[0], '12', ...record.slice(2)], ['yes', 0.75]))];
    const { schema } = parquetMetadata(bytes);
    const lines = await merged({ name: 'a.parquet', outputFormat: 'jsonl', columns, parts, parquetSchema: schema });
    expect(JSON.parse(lines.toString())).toMatchObject({ text: 'b', id: 12, tags: [], label: 'yes' });
  });

  test('has text columns where the input has no types', async () => {
    const record = '{"text": "a", "n": 1, "l": [2]}';
    const parts = [[answered(record, ['yes', 0.75])]];
    const file = { name: 'a.jsonl', outputFormat: 'parquet', columns: ['text', 'n', 'l'], parts } as const;
    expect(await parquetReadObjects({ file: arrayBuffer(await merged(file)) })).toEqual([
      { text: 'a', n: '1', l: '[2]', label: 'yes', score: 0.75, error: null },
    ]);
    expect(await run.outputs()).toEqual(['a.jsonl.parquet']);
  });
});

test('an object of many parts of S3 is whole, and row groups follow each other', async () => {
  const line = answered(['x'.repeat(260)], ['yes', 0.75]);
  const parts = [Array.from({ length: 21_000 }, () => line)];
  const file = { name: 'a.csv', columns: ['text'], parts };
  expect((await merged({ ...file, outputFormat: 'csv' })).toString().split('\n')).toHaveLength(21_002);
  const columns = arrayBuffer(await merged({ ...file, outputFormat: 'parquet' }));
  expect(parquetMetadata(columns).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([20_000, 1000]);
});

test('counts rows by label and by kind of error', async () => {
  const parts = [
    [
      { ...answered(['a'], ['yes', 0.75]), truncated: true } as AnsweredLine,
      answered(['b'], ['no', 0.5]),
      refused(['c'], 'this row has 300 tokens'),
      refused(['d'], 'this row has 4000 tokens'),
    ],
  ];
  await run.write([{ name: 'a.csv', outputFormat: 'csv', columns: ['text'], parts }]);
  expect(await mergeResults(RUN_URI, 0, run.s3)).toMatchObject({
    ...{ rows: 4, truncated: 1, labeled: 2, confidence: 1.25 },
    errors: { 'this row has N tokens': 2 },
    labels: { yes: 1, no: 1 },
  });
});

test('leaves nothing where a part has no answers, and where rows are missing', async () => {
  const parts = [[answered(['a'], ['yes', 0.75])], [answered(['b'], ['yes', 0.75])]];
  await run.write([{ name: 'a.csv.gz', outputFormat: 'csv', columns: ['text'], parts }]);
  const second = await run.read(run.answersOf(0, 1));
  await run.delete(run.answersOf(0, 1));
  await expect(mergeResults(RUN_URI, 0, run.s3)).rejects.toThrow(PartsMissing);
  await run.put(run.answersOf(0, 1), '');
  await expect(mergeResults(RUN_URI, 0, run.s3)).rejects.toThrow('2 rows were cut and 1 were answered');
  expect(await run.outputs()).toEqual([]);
  await run.put(run.answersOf(0, 1), second.toString());
  expect(await mergeResults(RUN_URI, 0, run.s3)).toMatchObject({ rows: 2 });
});

test('a rerun writes again only what is not as it was', async () => {
  const parts = [[answered(['a'], ['yes', 0.75])]];
  const file = { name: 'a.csv', outputFormat: 'csv', columns: ['text'], parts } as const;
  const bytes = await merged(file);
  await run.put(run.answersOf(0, 0), 'never read again');
  const { uri } = await mergeResults(RUN_URI, 0, run.s3);
  await run.write([file]);
  await mergeResults(RUN_URI, 0, run.s3);
  await run.put(uri, 'touched');
  await mergeResults(RUN_URI, 0, run.s3);
  expect(await run.read(uri)).toEqual(bytes);
});
