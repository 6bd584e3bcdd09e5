import { cpus, loadavg, platform, release } from 'node:os';
import type { Spread } from './rounds';

/**
 * Prints a table that can be pasted into a README, under a line that says where and when it was measured. The load tells
 * whether the machine was quiet when it began.
 */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const [processor, ...others] = cpus();
  const today = new Date().toISOString().slice(0, 10);
  console.log(
    `${today}, ${others.length + 1} × ${processor?.model.trim() ?? 'processor'}, ${platform()} ${release()}, ` +
      `Node.js ${process.versions.node}, load ${(loadavg()[0] ?? 0).toFixed(1)}\n`,
  );
  console.log(table(header, rows));
}

/** The same of what was measured before, and maybe elsewhere. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const filled = (line: readonly string[]) =>
    widths.map((width, column) => (line[column] === '---' ? '-'.repeat(width) : (line[column] ?? '').padEnd(width)));
  return lines.map((line) => `| ${filled(line).join(' | ')} |`).join('\n');
}

/** `median (min to max) unit`. */
export function show({ median, min, max }: Spread, unit: string, digits = 1): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)}) ${unit}`;
}

/** How many times the one is the other. */
export function ratio(one: Spread, other: Spread): string {
  return (one.median / other.median).toFixed(2);
}
