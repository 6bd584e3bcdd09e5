/*
 * Time and memory of the cut-input and merge-results functions of a batch, over a .csv of generated sentences and one five
 * times as long. The functions run as they are deployed, in a process of its own for each measurement; S3 is the local run's,
 * in this process, which makes the answers as well.
 */
import { execFile } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs, promisify } from 'node:util';
import type { BatchRun } from '../lambda/shared/batch';
import { BATCH_FORMATS, type BatchFormat } from '../lambda/shared/batch-input';
import { startAwsServer } from '../local/aws/aws-server';
import { ObjectStore } from '../local/aws/s3/object-store';
import { S3Service } from '../local/aws/s3/s3-service';
import { bundleFunction } from './support/function-bundle';
import { spreadOf } from './support/rounds';
import { writeSentences } from './support/sentences';
import { printTable } from './support/table';

const execute = promisify(execFile);

const BUCKET = 'data';
const TIMES = 5;
const MOST_GROWTH = '1.10';

interface Report {
  readonly milliseconds: number;
  readonly megabytes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '1' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'bench-batch-tables-'));
  const store = new ObjectStore(join(folder, 'objects'));
  await store.createBucket(BUCKET);
  const server = await startAwsServer({ s3: new S3Service(store) });
  const env = {
    AWS_ENDPOINT_URL: server.url,
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
    AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED',
  };
  const bundles = {
    cut: bundleFunction('cut-input', join(folder, 'cut')),
    merge: bundleFunction('merge-results', join(folder, 'merge')),
  };
  /** The medians over the rounds, of which each begins without what the step has `made`. */
  const invoke = async (step: keyof typeof bundles, run: string, made: string): Promise<Report> => {
    const args = [join(__dirname, 'support', 'invoke.mjs'), bundles[step], JSON.stringify({ run, file: 0 })];
    const reports: Report[] = [];
    while (reports.length < Number(values.rounds)) {
      await store.delete(BUCKET, made);
      reports.push(JSON.parse((await execute(process.execPath, args, { env })).stdout) as Report);
    }
    return {
      milliseconds: spreadOf(reports.map(({ milliseconds }) => milliseconds)).median,
      megabytes: spreadOf(reports.map(({ megabytes }) => megabytes)).median,
    };
  };
  try {
    const measured: { step: string; rows: number; report: Report }[] = [];
    for (const rows of [Number(values.rows), Number(values.rows) * TIMES]) {
      const file = join(folder, 'sentences.csv');
      await writeSentences(rows, 1, file);
      await store.put(BUCKET, `${rows}.csv`, createReadStream(file));
      const run = `s3://${BUCKET}/batch/${rows}`;
      const { etag } = await store.head(BUCKET, `${rows}.csv`);
      await putRun(store, rows, etag, 'csv');
      measured.push({ step: 'cut-input', rows, report: await invoke('cut', run, `batch/${rows}/files/00000.json`) });
      await answer(store, `batch/${rows}`);
      for (const format of BATCH_FORMATS) {
        await putRun(store, rows, etag, format);
        const report = await invoke('merge', run, `batch/${rows}/results/00000.json`);
        measured.push({ step: `merge-results, .${format}`, rows, report });
      }
    }
    printTable(
      ['step', 'rows', 'time', 'rows per second', 'peak memory', 'growth', 'at most'],
      measured.map(({ step, rows, report }) => {
        const shorter = measured.find((each) => each.step === step && each.rows < rows);
        return [
          step,
          rows.toLocaleString('en'),
          `${(report.milliseconds / 1000).toFixed(1)} s`,
          Math.round((rows / report.milliseconds) * 1000).toLocaleString('en'),
          `${report.megabytes.toFixed(0)} MB`,
          shorter === undefined ? '' : (report.megabytes / shorter.report.megabytes).toFixed(2),
          shorter === undefined ? '' : MOST_GROWTH,
        ];
      }),
    );
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

async function putRun(store: ObjectStore, rows: number, etag: string, outputFormat: BatchFormat): Promise<void> {
  const run: BatchRun = {
    ...{ runId: String(rows), input: `s3://${BUCKET}/${rows}.csv`, output: `s3://${BUCKET}/out-${rows}` },
    files: [{ uri: `s3://${BUCKET}/${rows}.csv`, etag, bytes: 1, name: `${rows}.csv`, isGzipped: false, outputFormat }],
    ...{ textColumn: null, pairColumn: null, scores: 'best', overflow: null },
    model: {
      ...{ url: '', sha256: '', labels: ['acceptable', 'unacceptable'], severalLabels: false, hasPairs: false },
      ...{ inWindows: false, maxLength: 128 },
    },
  };
  await store.put(BUCKET, `batch/${rows}/run.json`, JSON.stringify(run));
}

/** Writes what a job would leave of each part. */
async function answer(store: ObjectStore, run: string): Promise<void> {
  for (const { key } of await store.list(BUCKET, `${run}/parts/`)) {
    const lines = (await store.read(BUCKET, key)).toString().trimEnd().split('\n');
    const answered = lines.map((line, row) => {
      const { record } = JSON.parse(line) as { record: unknown };
      const answer = [{ label: row % 3 === 0 ? 'unacceptable' : 'acceptable', score: 0.5 + (row % 1000) / 2000 }];
      return `${JSON.stringify({ record, answer })}\n`;
    });
    await store.put(BUCKET, key.replace('/parts/', '/answers/'), Readable.from([answered.join('')]));
  }
}

void main();
