import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { BatchPlaces } from '../../lambda/shared/batch';
import { parseS3Uri } from '../../lambda/shared/s3-uri';
import { bar, duration } from '../../local/run/progress';

/** How many bytes of answers a byte of a part makes, until a finished part tells. */
const USUAL_GROWTH = 1.2;
/** Of a part that is not finished: what is written of it says nothing certain. */
const MOST_UNFINISHED = 0.99;

/**
 * How far the job is: by the sizes of its parts' answers, which appear in S3 as they are written, those of parts that are
 * not finished too.
 */
export class PartsProgress {
  private readonly started = Date.now();
  private before: number | undefined;

  private constructor(
    private readonly places: BatchPlaces,
    private readonly rows: number,
    private readonly s3: S3Client,
    /** In bytes, by name. */
    private readonly parts: ReadonlyMap<string, number>,
  ) {}

  static async open(places: BatchPlaces, rows: number, s3: S3Client): Promise<PartsProgress> {
    return new PartsProgress(places, rows, s3, await sizesBelow(places.parts, s3));
  }

  /** A bar with rows, rows per second and the time that is left. */
  async line(): Promise<string> {
    const share = doneShare(this.parts, await sizesBelow(this.places.answers, this.s3));
    if (share >= 1) {
      return 'Writing the results …';
    }
    this.before ??= share;
    const seconds = (Date.now() - this.started) / 1000;
    const perSecond = ((share - this.before) * this.rows) / seconds;
    const rows = Math.floor(share * this.rows).toLocaleString('en');
    const pace =
      perSecond > 0
        ? `, ${Math.round(perSecond).toLocaleString('en')} rows/s, ${duration(((1 - share) * this.rows) / perSecond)} left`
        : '';
    return `${bar(share)} ${rows} of ${this.rows.toLocaleString('en')} rows${pace}`;
  }
}

/**
 * The share of parts that is answered, by their bytes.
 *
 * @param parts sizes by name
 * @param answers sizes by name; that of an unfinished one begins with its part's
 */
export function doneShare(parts: ReadonlyMap<string, number>, answers: ReadonlyMap<string, number>): number {
  const finished = [...answers].filter(([name]) => parts.has(name));
  const from = sum(finished.map(([name]) => parts.get(name) ?? 0));
  const growth = from > 0 ? sum(finished.map(([, size]) => size)) / from : USUAL_GROWTH;
  const unfinished = new Map<string, number>();
  for (const [name, size] of answers) {
    const part = [...name.matchAll(/^(.*\.jsonl)\./g)][0]?.[1];
    if (part !== undefined && parts.has(part) && !answers.has(part)) {
      const bytes = parts.get(part) ?? 0;
      unfinished.set(part, Math.max(unfinished.get(part) ?? 0, Math.min(size / growth, bytes * MOST_UNFINISHED)));
    }
  }
  const all = sum([...parts.values()]);
  return all === 0 ? 1 : (from + sum([...unfinished.values()])) / all;
}

async function sizesBelow(uri: string, s3: S3Client): Promise<Map<string, number>> {
  const { bucket, key } = parseS3Uri(uri);
  const sizes = new Map<string, number>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key })) {
    for (const { Key = '', Size = 0 } of Contents) {
      sizes.set(Key.slice(key.length), Size);
    }
  }
  return sizes;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
