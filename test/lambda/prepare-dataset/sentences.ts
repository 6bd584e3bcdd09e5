import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

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
export async function zip(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [path, content] of Object.entries(files)) {
    archive.addBuffer(Buffer.from(content), path);
  }
  archive.end();
  return buffer(archive.outputStream);
}
