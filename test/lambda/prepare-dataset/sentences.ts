import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { Plan } from '../../../lambda/shared/plan';

/** Rows of a sentence and its label, each sentence different, the labels in turns. */
export function sentences(count: number, labels: readonly string[] = ['good', 'bad']): [string, string][] {
  return Array.from({ length: count }, (_, number) => [
    `sentence number ${number} of the test`,
    labels[number % labels.length] ?? '',
  ]);
}

/** A CSV file without quoting. */
export function csv(header: string, rows: readonly (readonly string[])[]): string {
  return [header, ...rows.map((row) => row.join(','))].join('\n') + '\n';
}

/** CoLA's layout: source, label, the author's mark, sentence; tab separated, no header. */
export function colaTsv(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([sentence, label]) => `src\t${label}\t${label === '0' ? '*' : ''}\t${sentence}\n`).join('');
}

/** A zip with these files. */
export async function zip(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [path, content] of Object.entries(files)) {
    archive.addBuffer(Buffer.from(content), path);
  }
  archive.end();
  return buffer(archive.outputStream);
}

/** What a plan says of a dataset by default. */
export function datasetOf(source: string): Plan['dataset'] {
  return {
    source,
    ...{ testSource: null, textColumn: null, pairColumn: null, labelColumn: null, labelSeparator: null },
    ...{ testFraction: 0.25, rareLabels: 'refuse', maxLength: 128, inWindows: false },
    limits: { emptyRows: 0.01, conflictingRows: 0.1, truncatedTokens: 0.5, largestLabel: 0.99 },
    outputUri: 's3://data-bucket/datasets/run',
  };
}
