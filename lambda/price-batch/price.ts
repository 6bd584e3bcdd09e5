import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import {
  BatchPlaces,
  LONGEST_RUNTIME_IN_SECONDS,
  type CutCounts,
  partName,
  rowsOfPart,
  type PlannedBatch,
  type PricedBatch,
} from '../shared/batch';
import { vCpusOf } from '../shared/instance-types';
import { writeJson } from '../shared/json-objects';
import { pricePerHour } from '../shared/prices';
import { parseS3Uri } from '../shared/s3-uri';
import { InvalidInput, TooManyErrors } from '../shared/step-errors';

/** What the stack knows. */
export interface PriceSettings {
  readonly region: string;
  /** USD per hour by type of instance, where the configuration knows better. */
  readonly instancePrices: Readonly<Record<string, number>>;
  readonly s3: S3Client;
}

/**
 * Bytes of text that one virtual CPU classifies in a second with BERT-base, whose weights have 438 MB; another model is
 * as much faster as it is smaller. bench/README.md has 146 texts per second and core of machine A, of CoLA's 42 bytes
 * each, and 318 of machine C: the slower counts, for a virtual CPU of an instance is half a core.
 */
const BYTES_PER_SECOND = 146 * 52;
const BERT_BASE_BYTES = 438_000_000;

/** Until every instance works, with its image pulled, its parts copied and the model loaded. */
const START_SECONDS = 240;
/** An estimate is one; beyond three times of it something is wrong. */
const MOST_TIMES_LONGER = 3;
/** A guard is no estimate. */
const SHORTEST_RUNTIME_IN_SECONDS = 3600;
/** A job's program ends at the guard; then it has so long to end, which AWS charges for too. */
const STOP_SECONDS = 120;

/**
 * Tells what is left to classify, what that takes and what it costs, and writes down for the job which parts have no
 * answers yet.
 *
 * @throws TooManyErrors when more rows are at fault already than the input allows
 * @throws InvalidInput when it could cost more than it may, or that is asked of an instance whose price is not known
 */
export async function priceBatch(
  run: PlannedBatch,
  cut: readonly CutCounts[],
  { region, instancePrices, s3 }: PriceSettings,
): Promise<PricedBatch> {
  const places = new BatchPlaces(run.run);
  const rows = sum(cut.map((file) => file.rows));
  const errors = sum(cut.map((file) => file.errors));
  if (run.maxErrors !== null && errors > run.maxErrors) {
    throw new TooManyErrors(
      `${errors} of ${rows} rows cannot be read as texts, where maxErrors allows ${run.maxErrors}; mend them, or raise maxErrors: ` +
        'without it, each becomes a row with an error',
    );
  }
  const parts = cut.flatMap((file, place) => {
    const sizes = Array.from({ length: file.parts }, (_, part) => rowsOfPart(part));
    const bytesPerRow = file.textBytes / sum(sizes);
    return sizes.map((size, part) => ({
      name: partName(place, part),
      textBytes: size * bytesPerRow,
    }));
  });
  const finished = await namesBelow(places.answers, s3);
  const missing = parts.filter(({ name }) => !finished.has(name));
  const instanceCount = Math.min(run.instanceCount, Math.max(missing.length, 1));

  const processes = instanceCount * vCpusOf(run.instanceType);
  const speed = BYTES_PER_SECOND * (BERT_BASE_BYTES / run.model.weightsBytes);
  // A process takes whole parts, so that the last of them decides.
  const longestPart = Math.max(0, ...missing.map(({ textBytes }) => textBytes));
  const evenly = sum(missing.map(({ textBytes }) => textBytes)) / processes;
  const seconds = missing.length === 0 ? 0 : Math.ceil(START_SECONDS + Math.max(evenly, longestPart) / speed);

  const pricePerSecond = perSecond(pricePerHour(run.instanceType, region, instancePrices), instanceCount);
  const costUsd = pricePerSecond === null ? null : Math.round(seconds * pricePerSecond * 100) / 100;
  const affordable = affordableSeconds(run, seconds, pricePerSecond, region);
  const guard = Math.min(
    Math.max(seconds * MOST_TIMES_LONGER, SHORTEST_RUNTIME_IN_SECONDS),
    LONGEST_RUNTIME_IN_SECONDS,
  );

  if (missing.length > 0) {
    // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html has the format.
    await writeJson(s3, places.missingParts, [{ prefix: places.parts }, ...missing.map(({ name }) => name)]);
  }
  return {
    rows,
    errors,
    parts: parts.length,
    missingParts: missing.length,
    missingPartsUri: places.missingParts,
    instanceCount,
    seconds,
    costUsd,
    pricePerSecond,
    maxRuntimeInSeconds: Math.min(guard, affordable),
  };
}

/** What `maxCostUsd` pays for, in seconds of the job. Throws InvalidInput when that is less than it takes. */
function affordableSeconds(
  { maxCostUsd, instanceType }: PlannedBatch,
  seconds: number,
  pricePerSecond: number | null,
  region: string,
): number {
  if (maxCostUsd === null || seconds === 0) {
    return Infinity;
  }
  if (pricePerSecond === null) {
    throw new InvalidInput(
      `maxCostUsd cannot be kept, for the price of ${instanceType} in ${region} is not known: set training.instancePrices in the ` +
        `configuration to {"${instanceType}": <USD per hour>}, or leave maxCostUsd out`,
    );
  }
  const affordable = Math.floor(maxCostUsd / pricePerSecond) - STOP_SECONDS;
  if (affordable < seconds) {
    throw new InvalidInput(
      `the batch would cost about ${(seconds * pricePerSecond).toFixed(2)} USD, which is more than maxCostUsd (${maxCostUsd}) has room ` +
        'for: raise it, or give a smaller input',
    );
  }
  return affordable;
}

function perSecond(perHour: number | undefined, instanceCount: number): number | null {
  return perHour === undefined ? null : (perHour * instanceCount) / 3600;
}

async function namesBelow(folder: string, s3: S3Client): Promise<Set<string>> {
  const { bucket, key } = parseS3Uri(folder);
  const names = new Set<string>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key })) {
    for (const { Key = '' } of Contents) {
      names.add(Key.slice(key.length));
    }
  }
  return names;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
