/*
 * `npm start`: sets up what is missing, then runs the pipeline and serves the model on this machine (local/run/main.ts).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PYTHON, ROOT, setUpOrExit } from './setup.mjs';
import { WORKING_DIRECTORY } from './working-directory.mjs';

/** The one option that is of the set-up alone. */
const GPU = '--gpu';
const given = process.argv.slice(2);
const args = given.filter((arg) => arg !== GPU);
const require = createRequire(import.meta.url);

if (args.includes('--help')) {
  process.stdout.write(readFileSync(join(ROOT, 'local', 'run', 'help.txt')));
} else {
  await setUpOrExit({ gpu: given.includes(GPU), beforePython: refuseWrongOptions });
  const { main } = require('./main.ts');
  await main(args, { python: PYTHON, workingDirectory: WORKING_DIRECTORY, stateFolder: join(ROOT, '.local') });
}

/** What reads the options needs the Node.js packages, and the rest of the set-up takes longer than a mistyped option should. */
async function refuseWrongOptions() {
  await import('tsx');
  const { parseOptions, UsageError } = require('./options.ts');
  try {
    parseOptions(args, WORKING_DIRECTORY);
  } catch (error) {
    // All else, main tells when it comes to it.
    if (error instanceof UsageError) {
      console.error(error.message);
      process.exit(2);
    }
  }
}
