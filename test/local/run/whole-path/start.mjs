/* `npm start` without its set-up, in a state folder of the test's own: node start.mjs PROJECT STATE_FOLDER [option ...] */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [project, stateFolder, ...args] = process.argv.slice(2);
const require = createRequire(join(project, 'local', 'run', 'launch.mjs'));
await import(require.resolve('tsx'));
const { main } = require('./main.ts');
await main(args, { python: process.env.TEST_PYTHON, workingDirectory: process.cwd(), stateFolder });
