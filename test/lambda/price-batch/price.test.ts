import { priceBatch } from '../../../lambda/price-batch/price';
import type { CutCounts, PlannedBatch, PricedBatch } from '../../../lambda/shared/batch';
import { InvalidInput, TooManyErrors } from '../../../lambda/shared/step-errors';
import { DATA_BUCKET, LocalS3 } from '../local-s3';

const RUN: PlannedBatch = {
  run: `s3://${DATA_BUCKET}/batch/0123`,
  fileCount: 2,
  model: { url: 's3://b/model.tar.gz', sha256: 'abc', weightsBytes: 438_000_000 },
  ...{ scores: 'best', overflow: null, maxErrors: null, maxCostUsd: null },
  ...{ instanceType: 'ml.c7i.4xlarge', instanceCount: 4 },
};
/** A million texts as CoLA's, in 59 parts, and a file without any. */
const CUT: CutCounts[] = [
  { rows: 1_000_000, errors: 3, textBytes: 52_000_000, parts: 59 },
  { rows: 0, errors: 0, textBytes: 0, parts: 0 },
  { rows: 10, errors: 1, textBytes: 400, parts: 1 },
];

let s3: LocalS3;

beforeEach(async () => {
  s3 = await LocalS3.open();
});

afterEach(async () => {
  await s3.close();
});

async function price(run: Partial<PlannedBatch> = {}, cut = CUT, region = 'us-east-1'): Promise<PricedBatch> {
  return priceBatch({ ...RUN, ...run }, cut, { region, instancePrices: {}, s3: s3.client });
}

test('says what a job will take and cost, and gives it the parts that have no answers', async () => {
  await s3.store.put(DATA_BUCKET, 'batch/0123/answers/00000-00007.jsonl', 'answers');
  await s3.store.put(DATA_BUCKET, 'batch/0123/answers/00000-00008.jsonl.7.unfinished', 'answ');
  const priced = await price();
  expect(priced).toEqual({
    ...{ rows: 1_000_010, errors: 4, parts: 60, missingParts: 59, instanceCount: 4 },
    missingPartsUri: `${RUN.run}/missing-parts.json`,
    // A process needs so long for the largest part, of which there are more processes than parts.
    seconds: 240 + Math.ceil(40_000 / 146),
    costUsd: 0.49,
    pricePerSecond: (4 * 0.857) / 3600,
    maxRuntimeInSeconds: 3600,
  });
  const [prefix, ...names] = (await s3.json(priced.missingPartsUri)) as [unknown, ...string[]];
  expect(prefix).toEqual({ prefix: `${RUN.run}/parts/` });
  expect(names).toHaveLength(59);
  expect(names).toContain('00000-00008.jsonl');
  expect(names).not.toContain('00000-00007.jsonl');
  expect(names.at(-1)).toBe('00002-00000.jsonl');
});

test('takes no more instances than there are parts, and no job where there are none', async () => {
  await expect(price({ instanceCount: 100 })).resolves.toMatchObject({ instanceCount: 60 });
  const none = { ...CUT[1], parts: 0 } as CutCounts;
  await expect(price({ maxCostUsd: 0.01 }, [none])).resolves.toMatchObject({ missingParts: 0, seconds: 0, costUsd: 0 });
  expect(await s3.keys('batch/')).toEqual(['batch/0123/missing-parts.json']);
});

test('a job ends at three times what it should take, at five days, and at what may be paid', async () => {
  const hundredMillion = [{ rows: 1e8, errors: 0, textBytes: 52e8, parts: 2040 }];
  const { seconds, maxRuntimeInSeconds, costUsd } = await price({ instanceCount: 1 }, hundredMillion);
  expect(seconds).toBe(240 + Math.ceil(1e8 / 146 / 16));
  expect(maxRuntimeInSeconds).toBe(3 * seconds);
  expect(costUsd).toBeCloseTo(10.25, 1);
  const slow = { ...RUN.model, weightsBytes: 43_800_000_000 };
  await expect(price({ model: slow }, hundredMillion)).resolves.toMatchObject({ maxRuntimeInSeconds: 432_000 });
  await expect(price({ instanceCount: 1, maxCostUsd: 12 }, hundredMillion)).resolves.toMatchObject({
    maxRuntimeInSeconds: Math.floor((12 / 0.857) * 3600) - 120,
  });
});

test('refuses what costs too much, what has no price, and what has too many errors', async () => {
  await expect(price({ maxCostUsd: 0.4 })).rejects.toThrow(InvalidInput);
  await expect(price({ maxCostUsd: 0.4 })).rejects.toThrow(
    'the batch would cost about 0.49 USD, which is more than maxCostUsd (0.4) has room for',
  );
  await expect(price({ maxCostUsd: 5 }, CUT, 'eu-west-3')).rejects.toThrow(
    'the price of ml.c7i.4xlarge in eu-west-3 is not known: set training.instancePrices',
  );
  await expect(price({}, CUT, 'eu-west-3')).resolves.toMatchObject({ costUsd: null, pricePerSecond: null });
  await expect(price({ maxErrors: 3 })).rejects.toThrow(TooManyErrors);
  await expect(price({ maxErrors: 3 })).rejects.toThrow(
    '4 of 1000010 rows cannot be read as texts, where maxErrors allows 3',
  );
  await expect(price({ maxErrors: 4 })).resolves.toMatchObject({ errors: 4 });
});
