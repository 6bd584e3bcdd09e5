/*
 * `npm start`: sets up what is missing, then runs the pipeline and serves the model on this machine (local/main.ts).
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PYTHON, ROOT, SetupError, setUp } from './setup.mjs';

try {
  await setUp({ forTests: false });
} catch (error) {
  if (!(error instanceof SetupError)) {
    throw error;
  }
  console.error(error.message);
  process.exit(1);
}

// Only now: the packages may have been installed a moment ago.
await import('tsx');
const { main } = createRequire(import.meta.url)('./main.ts');
await main(process.argv.slice(2), {
  python: PYTHON,
  workingDirectory: process.env.INIT_CWD ?? process.cwd(),
  stateFolder: join(ROOT, '.local'),
});
