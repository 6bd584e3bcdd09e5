/*
 * Time and memory of the prepare-dataset function over growing datasets of generated sentences, and over the largest one
 * in other formats. The function runs as it is deployed, in a process of its own for each measurement; S3 is the local
 * run's, in this process.
 */
import { execFile } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Plan } from '../lambda/shared/plan';
import { startAwsServer } from '../local/aws/aws-server';
import { ObjectStore } from '../local/aws/s3/object-store';
import { S3Service } from '../local/aws/s3/s3-service';
import { bundleFunction } from './support/function-bundle';
import { interleave, roundsOption, spreadOf } from './support/rounds';
import { writeSentences } from './support/sentences';
import { printTable, ratio, show } from './support/table';

const execute = promisify(execFile);

const SIZES = [1000, 10_000, 100_000, 1_000_000];
const FORMATS = ['csv.gz', 'jsonl', 'parquet'] as const;
const BUCKET = 'data';
const SEED = 1;

interface Report {
  readonly milliseconds: number;
  readonly megabytes: number;
  readonly result: { readonly rows: number };
}

async function main(): Promise<void> {
  const rounds = roundsOption(5);
  const folder = mkdtempSync(join(tmpdir(), 'bench-prepare-dataset-'));
  const store = new ObjectStore(join(folder, 'objects'));
  await store.createBucket(BUCKET);
  const server = await startAwsServer({ s3: new S3Service(store) });
  const environment = {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED',
  };
  try {
    const bundle = bundleFunction('prepare-dataset', join(folder, 'assembly'));
    for (const rows of SIZES) {
      const file = join(folder, 'sentences.csv');
      await writeSentences(rows, SEED, file);
      await store.put(BUCKET, `${rows}.csv`, createReadStream(file));
    }
    const largest = SIZES.at(-1) ?? 0;
    const file = join(folder, 'sentences.csv');
    await store.put(BUCKET, `${largest}.csv.gz`, createReadStream(file).pipe(createGzip()));
    const [, ...table] = parse(readFileSync(file));
    await store.put(BUCKET, `${largest}.jsonl`, Readable.from(jsonLines(table)));
    await store.put(BUCKET, `${largest}.parquet`, Readable.from([parquet(table)]));

    const memory = new Map<string, number[]>();
    const prepare = async (rows: number, format: string): Promise<number> => {
      const name = `${rows}.${format}`;
      const dataset: Plan['dataset'] = {
        source: `s3://${BUCKET}/${name}`,
        ...{ testSource: null, textColumn: null, pairColumn: null, labelColumn: null, labelSeparator: null },
        ...{ testFraction: 0.25, rareLabels: 'refuse', maxLength: 128, inWindows: false },
        limits: { emptyRows: 0, conflictingRows: 1, truncatedTokens: 0, largestLabel: 1 },
        outputUri: `s3://${BUCKET}/prepared/${name}`,
      };
      const args = [join(__dirname, 'support', 'invoke.mjs'), bundle, JSON.stringify({ dataset })];
      const { stdout } = await execute(process.execPath, args, { env: environment });
      const { milliseconds, megabytes, result } = JSON.parse(stdout) as Report;
      if (result.rows !== rows) {
        throw new Error(`${rows} rows went in, ${result.rows} were counted`);
      }
      memory.set(name, [...(memory.get(name) ?? []), megabytes]);
      return milliseconds / 1000;
    };
    const measured = [
      ...SIZES.map((rows) => [rows, 'csv'] as const),
      ...FORMATS.map((format) => [largest, format] as const),
    ];
    const times = await interleave(
      rounds,
      Object.fromEntries(measured.map(([rows, format]) => [`${rows}.${format}`, () => prepare(rows, format)])),
    );
    printTable(
      ['rows', 'format', 'time', 'times a tenth of the rows', 'rows per second', 'peak memory', 'at most'],
      measured.map(([rows, format]) => {
        const time = times[`${rows}.${format}`] ?? spreadOf([]);
        const tenth = times[`${rows / 10}.${format}`];
        return [
          rows.toLocaleString('en'),
          format,
          show(time, 's', 2),
          tenth === undefined ? '' : ratio(time, tenth),
          Math.round(rows / time.median).toLocaleString('en'),
          show(spreadOf(memory.get(`${rows}.${format}`) ?? []), 'MB', 0),
          rows === largest ? '60 s' : '',
        ];
      }),
    );
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

function* jsonLines(table: readonly string[][]): Generator<string> {
  for (const [text, label] of table) {
    yield `${JSON.stringify({ text, label })}\n`;
  }
}

function parquet(table: readonly string[][]): Buffer {
  const column = (name: string, place: number) => ({ name, data: table.map((row) => row[place] ?? '') });
  return Buffer.from(parquetWriteBuffer({ columnData: [column('text', 0), column('label', 1)] }));
}

void main();
