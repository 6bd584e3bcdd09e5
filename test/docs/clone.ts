import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PYTHON } from '../local/run/whole-path/local-run';
import { ROOT } from './markdown';

/** What is labelled good and bad. */
const SENTENCES = ['a', 'the', 'one', 'my', 'your', 'this'].flatMap((word) =>
  ['cat', 'dog', 'bird', 'child'].flatMap((noun) => [
    { text: `${word} ${noun} sleeps`, label: 'good' },
    { text: `${word} ${noun} sleep`, label: 'bad' },
  ]),
);
const JUDGED = SENTENCES.map(({ text, label }) => ({ text: `${text} here`, label }));
const SENTENCES_CSV = ['text,label', ...SENTENCES.map(({ text, label }) => `${text},${label}`), ''].join('\n');
const jsonLines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** The files that the documents leave to their reader, by their names there. */
const FILES: Readonly<Record<string, string>> = {
  'production.json': '{"stage": "production"}',
  'sentences.csv': SENTENCES_CSV,
  'test.csv': SENTENCES_CSV,
  'reviews.csv': SENTENCES_CSV.replace('text,label', 'review,stars').replaceAll('good', '5').replaceAll('bad', '1'),
  'mails.csv': 'id,text\n1,the cat sleeps\n2,the dog wait\n',
  'mails.jsonl': jsonLines(SENTENCES),
  'judged.jsonl': jsonLines(JUDGED),
  'texts.txt': 'the cat sleeps\nthe dog wait\n',
};

/**
 * A clone of this project in a folder of its own, where a reader of the documents would type their commands: what is
 * installed is this project's, and the files are there that the documents speak of.
 */
export class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), 'documents-'));

  constructor(configuration: object) {
    const folders = ['bin', 'cli', 'lib', 'lambda', 'local', 'training-code', 'web', 'examples'];
    for (const name of [...folders, 'cdk.json', 'package.json', 'package-lock.json', 'tsconfig.json']) {
      cpSync(join(ROOT, name), join(this.folder, name), { recursive: true });
    }
    for (const name of ['node_modules', '.venv']) {
      symlinkSync(join(ROOT, name), join(this.folder, name));
    }
    for (const [name, content] of Object.entries(FILES)) {
      this.write(name, content);
    }
    this.write('configuration.json', JSON.stringify(configuration));
    // The command line of AWS, and the Python that a virtual environment would put there.
    for (const [name, command] of [
      ['aws', `"${PYTHON}" "${join(ROOT, 'test', 'docs', 'aws.py')}"`],
      ['python', `"${PYTHON}"`],
    ] as const) {
      this.write(join('commands', name), `#!/bin/sh\nexec ${command} "$@"\n`);
      chmodSync(join(this.folder, 'commands', name), 0o755);
    }
  }

  write(name: string, content: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), content);
  }

  /** What a shell says that the lines are typed into. */
  shell(
    script: string,
    environment: Readonly<Record<string, string | undefined>>,
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { ...process.env, ...environment, PATH: `${join(this.folder, 'commands')}:${process.env.PATH ?? ''}` };
    return new Promise((resolve) => {
      execFile('bash', ['-euo', 'pipefail', '-c', script], { cwd: this.folder, env }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  }
}
