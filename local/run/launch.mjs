/*
 * `npm start`: sets up what is missing, then runs the pipeline and serves the model on this machine (local/run/main.ts).
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PYTHON, ROOT, setUpOrExit } from './setup.mjs';

/** The one option that is of the set-up alone. */
const GPU = '--gpu';
const args = process.argv.slice(2);

await setUpOrExit({ forTests: false, gpu: args.includes(GPU) });

// Only now: the packages may have been installed a moment ago.
await import('tsx');
const { main } = createRequire(import.meta.url)('./main.ts');
await main(
  args.filter((arg) => arg !== GPU),
  {
    python: PYTHON,
    workingDirectory: process.env.INIT_CWD ?? process.cwd(),
    stateFolder: join(ROOT, '.local'),
  },
);
