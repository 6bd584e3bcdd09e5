import type { S3Client } from '@aws-sdk/client-s3';
import {
  type AnsweredLine,
  BatchPlaces,
  type BatchFile,
  type BatchRun,
  type CutFile,
  partName,
} from '../../../lambda/shared/batch';
import { DATA_BUCKET, LocalS3 } from '../local-s3';

export const RUN_URI = `s3://${DATA_BUCKET}/batch/0123`;
const PLACES = new BatchPlaces(RUN_URI);

/** An input file, and what became of its rows, part by part. */
export interface AnsweredFile extends Pick<BatchFile, 'name' | 'outputFormat'> {
  readonly columns: readonly string[];
  readonly parts: readonly (readonly AnsweredLine[])[];
  /** @default null */
  readonly parquetSchema?: CutFile['parquetSchema'];
}

/** A run all of whose parts have been answered, in an S3 of this process. */
export class AnsweredRun {
  private constructor(private readonly local: LocalS3) {}

  static async open(): Promise<AnsweredRun> {
    return new AnsweredRun(await LocalS3.open());
  }

  get s3(): S3Client {
    return this.local.client;
  }

  async close(): Promise<void> {
    await this.local.close();
  }

  async write(
    files: readonly AnsweredFile[],
    { scores = 'best', severalLabels = false }: { scores?: BatchRun['scores']; severalLabels?: boolean } = {},
  ): Promise<void> {
    for (const { key } of await this.local.store.list(DATA_BUCKET, '')) {
      await this.local.store.delete(DATA_BUCKET, key);
    }
    const run: BatchRun = {
      ...{ runId: '0123', input: 's3://data-bucket/in/', output: 's3://data-bucket/out' },
      files: files.map(({ name, outputFormat }) => ({
        ...{ uri: `s3://data-bucket/in/${name}`, etag: '"1"', bytes: 1, name, outputFormat },
        isGzipped: name.endsWith('.gz'),
      })),
      ...{ textColumn: null, pairColumn: null, scores, overflow: null },
      model: {
        ...{ url: 's3://artifacts-bucket/models/ab/model.tar.gz', sha256: 'ab', hasPairs: false, severalLabels },
        ...{ labels: ['no', 'yes'], inWindows: false, maxLength: 128 },
      },
    };
    await this.put(PLACES.run, JSON.stringify(run));
    for (const [file, { columns, parts, parquetSchema = null }] of files.entries()) {
      const names = parts.map((_, part) => partName(file, part));
      const cut: CutFile = {
        ...{
          columns,
          hasHeader: true,
          textColumns: [0],
          parquetSchema,
          rows: parts.flat().length,
          errors: 0,
          textBytes: 0,
        },
        ...{ parts: names, choices: [] },
      };
      await this.put(PLACES.cutFile(file), JSON.stringify(cut));
      for (const [part, lines] of parts.entries()) {
        const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
        await this.put(PLACES.answers + partName(file, part), text);
      }
    }
  }

  async put(uri: string, content: string): Promise<void> {
    await this.local.store.put(DATA_BUCKET, keyOf(uri), content);
  }

  async delete(uri: string): Promise<void> {
    await this.local.store.delete(DATA_BUCKET, keyOf(uri));
  }

  async read(uri: string): Promise<Buffer> {
    return this.local.store.read(DATA_BUCKET, keyOf(uri));
  }

  /** The names of what is in the output. */
  async outputs(): Promise<string[]> {
    return (await this.local.store.list(DATA_BUCKET, 'out/')).map(({ key }) => key.slice('out/'.length));
  }

  answersOf(file: number, part: number): string {
    return PLACES.answers + partName(file, part);
  }
}

function keyOf(uri: string): string {
  return uri.slice(`s3://${DATA_BUCKET}/`.length);
}

/** A row that was answered, and one that was not. */
export function answered(record: AnsweredLine['record'], ...answer: [label: string, score: number][]): AnsweredLine {
  return { record, answer: answer.map(([label, score]) => ({ label, score })) };
}

export function refused(record: AnsweredLine['record'], error: string): AnsweredLine {
  return { record, error };
}
