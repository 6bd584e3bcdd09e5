/* `npm start` with a state folder of its own: node start.mjs STATE_FOLDER [option …] */
import { createRequire } from 'node:module';
import { PYTHON, setUpOrExit } from '../../local/setup.mjs';

const [stateFolder, ...options] = process.argv.slice(2);
await setUpOrExit({ forTests: false });
await import('tsx');
const { main } = createRequire(new URL('../../local/launch.mjs', import.meta.url))('./main.ts');
await main(options, { python: PYTHON, workingDirectory: process.cwd(), stateFolder });
