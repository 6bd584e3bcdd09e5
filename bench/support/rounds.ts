import { parseArgs } from 'node:util';

/** What several rounds of one measurement came to, in the unit of the measurement. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Measures each candidate once a round, in turn, so that a minute in which the machine is busy with something else
 * befalls all of them alike. One round more goes before and is not counted.
 *
 * @param candidates each runs once and answers what it measured
 */
export async function interleave<Name extends string>(
  rounds: number,
  candidates: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Readonly<Record<Name, Spread>>> {
  const names = Object.keys(candidates) as Name[];
  const measured = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of names) {
      progress(`round ${round} of ${rounds}: ${name}`);
      const value = await candidates[name]();
      if (round > 0) {
        measured.get(name)?.push(value);
      }
    }
  }
  progress('');
  return Object.fromEntries([...measured].map(([name, values]) => [name, spreadOf(values)])) as Record<Name, Spread>;
}

function progress(text: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r${text}\x1b[K`);
  }
}

/** Summarizes the values of several rounds. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (fraction: number) => sorted[Math.round(fraction * (sorted.length - 1))] ?? NaN;
  return { median: at(0.5), min: at(0), max: at(1) };
}

/** How many milliseconds `work` takes. */
export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The value of `--rounds N`, the one option that every benchmark has. */
export function roundsOption(byDefault: number): number {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: String(byDefault) } } });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds must be a whole number of at least 1, not ${values.rounds}.`);
  }
  return rounds;
}
