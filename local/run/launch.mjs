/*
 * `npm start`: sets up what is missing, then runs the pipeline and serves the model on this machine (local/run/main.ts).
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PYTHON, ROOT, setUpOrExit } from './setup.mjs';

await setUpOrExit({ forTests: false });

// Only now: the packages may have been installed a moment ago.
await import('tsx');
const { main } = createRequire(import.meta.url)('./main.ts');
await main(process.argv.slice(2), {
  python: PYTHON,
  workingDirectory: process.env.INIT_CWD ?? process.cwd(),
  stateFolder: join(ROOT, '.local'),
});
