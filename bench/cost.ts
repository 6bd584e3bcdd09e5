/*
 * What classifications and training runs cost: the measured rates of bench/cost/rates.json at the prices of
 * lambda/shared/prices.ts and, of what nobody deploys any more, of bench/cost/prices.json.
 */
import { pricePerHour } from '../lambda/shared/prices';
import prices from './cost/prices.json';
import rates from './cost/rates.json';
import { table } from './support/table';

type Hardware = keyof typeof prices.vCpus;

const SECONDS_PER_HOUR = 3600;
const NOT_MEASURED = 'not measured';

function dollars(amount: number | undefined): string {
  return amount === undefined ? NOT_MEASURED : `$${amount.toPrecision(3)}`;
}

/** USD an hour. */
function priceOf(hardware: string): number {
  const others = Object.entries(prices.perHour).map(([name, { price }]) => [name, price] as const);
  const price = pricePerHour(hardware, prices.region, Object.fromEntries(others));
  if (price === undefined) {
    throw new Error(`the price of ${hardware} is not known: add it to lambda/shared/prices.ts`);
  }
  return price;
}

/** How many times cheaper a text is than by the original: of the same model, processor and path alone. */
function timesCheaper(rate: (typeof rates.serving)[number], original: (typeof rates.serving)[number]): string {
  const [amount, before] = [perMillionTexts(rate), perMillionTexts(original)];
  const isComparable =
    rate.model === original.model && rate.processor === original.processor && rate.path === original.path;
  return isComparable && amount !== undefined && before !== undefined ? (before / amount).toFixed(1) : '';
}

/** Dollars per million texts on hardware that is busy all the time. */
function perMillionTexts({ hardware, textsPerSecondAndVCpu }: (typeof rates.serving)[number]): number | undefined {
  if (textsPerSecondAndVCpu === null) {
    return undefined;
  }
  const perHour = hardware.reduce((sum, name) => sum + priceOf(name), 0);
  const vCpus = hardware.reduce((sum, name) => sum + prices.vCpus[name as Hardware], 0);
  return (perHour / (textsPerSecondAndVCpu * vCpus * SECONDS_PER_HOUR)) * 1e6;
}

/** Dollars per training run, without the minutes that an instance takes to start. */
function perRun({ hardware, instances, rowsPerSecond }: (typeof rates.training.runs)[number]): number | undefined {
  if (rowsPerSecond === null) {
    return undefined;
  }
  const hours = (rates.training.rows * rates.training.epochs) / rowsPerSecond / SECONDS_PER_HOUR;
  return hours * instances * priceOf(hardware);
}

function main(): void {
  console.log(
    "An instance's virtual CPU counts as one of the processor's that is named: nothing was measured on an instance.\n",
  );
  const [original] = rates.serving;
  console.log(
    table(
      [
        ...['serving', 'model', 'path', 'measured on', 'when', 'texts per second and virtual CPU'],
        ...['paid for', 'per million texts', 'times cheaper'],
      ],
      rates.serving.map((rate) => [
        ...[rate.profile, rate.model, rate.path ?? '', rate.processor ?? '', rate.measured ?? ''],
        String(rate.textsPerSecondAndVCpu ?? NOT_MEASURED),
        rate.hardware.join(' + '),
        dollars(perMillionTexts(rate)),
        original === undefined ? '' : timesCheaper(rate, original),
      ]),
    ),
  );
  const perRequest = Object.values(prices.perMillion).reduce((sum, { price }) => sum + price, 0);
  console.log(`\nAPI Gateway and Lambda add ${dollars(perRequest)} per million requests, of up to 256 texts each.`);
  for (const { container, bytesPerRequest } of rates.logs) {
    const price = (bytesPerRequest / 1000) * prices.perGigabyte['CloudWatch Logs'].price;
    console.log(`The log of ${container} adds ${dollars(price)}.`);
  }
  console.log('');

  const { rows, epochs, dataset, runs } = rates.training;
  console.log(
    table(
      [
        ...[`training, ${epochs} epochs of ${rows} rows (${dataset})`, 'model', 'path', 'measured on', 'when'],
        ...['rows per second', 'paid for', 'per run'],
      ],
      runs.map((run) => [
        ...[run.profile, run.model ?? '', run.path ?? '', run.processor ?? '', run.measured ?? ''],
        String(run.rowsPerSecond ?? NOT_MEASURED),
        `${run.instances} × ${run.hardware}`,
        dollars(perRun(run)),
      ]),
    ),
  );
  console.log(`\n${prices.currency}, ${prices.region}, ${prices.terms}:`);
  for (const name of Object.keys(prices.vCpus)) {
    const noted = prices.perHour[name as keyof typeof prices.perHour] as { date: string; source: string } | undefined;
    const where = noted === undefined ? 'lambda/shared/prices.ts' : `${noted.date}, ${noted.source}`;
    console.log(`- ${name}: $${priceOf(name)} an hour (${where})`);
  }
  for (const [name, { price, date, source }] of Object.entries(prices.perMillion)) {
    console.log(`- ${name}: $${price} a million (${date}, ${source})`);
  }
  for (const [name, { price, date, source }] of Object.entries(prices.perGigabyte)) {
    console.log(`- ${name}: $${price} a gigabyte (${date}, ${source})`);
  }
}

main();
