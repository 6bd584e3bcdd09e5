import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Where the user is. npm runs a script in the project's folder and tells in INIT_CWD from where it was called; who runs a command
 * elsewhere, maybe within another script of npm's, is where it runs.
 */
export const WORKING_DIRECTORY = process.cwd() === ROOT ? (process.env.INIT_CWD ?? ROOT) : process.cwd();
