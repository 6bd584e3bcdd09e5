import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON } from '../local/run/whole-path/local-run';
import { Clone } from './clone';
import { commands } from './commands';
import { ROOT } from './markdown';

/*
 * Every `npm start -- …` of the documents, as it stands there: typed into a shell, in a clone of this project, until a model
 * is in service. It starts from a model of chance that is trained for one epoch, and ends then.
 */
jest.setTimeout(240_000);

const clone = new Clone({ gate: { minimum: -1 } });
/** Of the hub's own client, which has what it downloaded in here. */
const HUB = { HF_HUB_OFFLINE: '1', HF_HOME: join(clone.folder, 'hub-home') };
const REVISION = '0123456789abcdef0123456789abcdef01234567';

const starts = [...new Set(commands().map(({ text }) => text))].filter((text) => text.startsWith('npm start -- '));

beforeAll(() => {
  // What is missing is installed by these: setup.test.ts has them.
  clone.write(
    'local/run/setup.mjs',
    `export const [ROOT, PYTHON] = ${JSON.stringify([clone.folder, PYTHON])};
export const setUpOrExit = ({ beforePython }) => beforePython();
`,
  );
  // What docs/batch.md has a person label.
  clone.write('to-label/uncertain.csv', readFileSync(join(clone.folder, 'sentences.csv'), 'utf8'));
  makeModel('tiny');
  makeModel('finished', 'good', 'bad');
  for (const id of starts.flatMap((text) => / --base-model (\S+)/.exec(text)?.[1] ?? [])) {
    const cached = join('hub-home', 'hub', `models--${id.replace('/', '--')}`);
    clone.write(join(cached, 'refs', 'main'), REVISION);
    makeModel(join(cached, 'snapshots', REVISION));
  }
});
afterAll(() => {
  rmSync(clone.folder, { recursive: true });
});

/** Makes a base model of chance, or a classifier of labels. */
function makeModel(folder: string, ...labels: string[]): void {
  const script = join(ROOT, 'test', 'local', 'run', 'whole-path', 'tiny_base_model.py');
  execFileSync(PYTHON, [script, join(clone.folder, folder), ...labels], { env: { ...process.env, ...HUB } });
}

it.each(starts)('%s', async (command) => {
  const small = [
    ...(/ --(?:base-)?model /.test(command) ? [] : ['--base-model tiny']),
    ...(/ --(?:model|epochs) /.test(command) ? [] : ['--epochs 1']),
  ];
  const { code, stdout, stderr } = await clone.shell([command, ...small, '--once'].join(' '), HUB);
  const judged = expect.stringContaining('On the whole test split') as unknown;
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: judged });
});
