/*
 * Time and memory of the prepare-dataset function over growing datasets of generated sentences. The function runs as it
 * is deployed, in a process of its own for each measurement; S3 is the local run's, in this process.
 */
import { execFile } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startAwsServer } from '../local/aws/aws-server';
import { ObjectStore } from '../local/aws/s3/object-store';
import { S3Service } from '../local/aws/s3/s3-service';
import { bundleFunction } from './support/function-bundle';
import { interleave, roundsOption, spreadOf } from './support/rounds';
import { writeSentences } from './support/sentences';
import { printTable, ratio, show } from './support/table';

const execute = promisify(execFile);

const SIZES = [1000, 10_000, 100_000, 1_000_000];
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

    const memory = new Map<number, number[]>(SIZES.map((rows) => [rows, []]));
    const prepare = async (rows: number): Promise<number> => {
      const dataset = {
        source: `s3://${BUCKET}/${rows}.csv`,
        textColumn: null,
        labelColumn: null,
        testFraction: 0.25,
        outputUri: `s3://${BUCKET}/prepared/${rows}`,
      };
      const args = [join(__dirname, 'support', 'invoke.mjs'), bundle, JSON.stringify({ dataset })];
      const { stdout } = await execute(process.execPath, args, { env: environment });
      const { milliseconds, megabytes, result } = JSON.parse(stdout) as Report;
      if (result.rows !== rows) {
        throw new Error(`${rows} rows went in, ${result.rows} were counted`);
      }
      memory.get(rows)?.push(megabytes);
      return milliseconds / 1000;
    };
    const times = await interleave(
      rounds,
      Object.fromEntries(SIZES.map((rows) => [`${rows} rows`, () => prepare(rows)])),
    );
    const largest = SIZES.at(-1);
    printTable(
      ['rows', 'time', 'times a tenth of the rows', 'rows per second', 'peak memory', 'at most'],
      SIZES.map((rows) => {
        const time = times[`${rows} rows`] ?? spreadOf([]);
        const tenth = times[`${rows / 10} rows`];
        return [
          rows.toLocaleString('en'),
          show(time, 's', 2),
          tenth === undefined ? '' : ratio(time, tenth),
          Math.round(rows / time.median).toLocaleString('en'),
          show(spreadOf(memory.get(rows) ?? []), 'MB', 0),
          rows === largest ? '60 s' : '',
        ];
      }),
    );
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

void main();
