/*
 * What `npm pack` runs first: writes dist/, which is all that the package has of this project. The construct is compiled, for
 * an app need not run TypeScript as this project does; functions and page are bundled, so that an app runs the code that
 * was tested here and installs nothing of what it is made from.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { webPages } from '../lib/api/web-pages';
import { writeFiles, writeFunctionBundles } from '../lib/functions/function-bundles';

const ROOT = join(__dirname, '..');
const DIST = join(ROOT, 'dist');
/** What jobs run; the rest of training-code/ is for tests and laptops. */
const PROGRAMS = ['batch', 'source', 'tracing'];

rmSync(DIST, { recursive: true, force: true });
const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
execFileSync(process.execPath, [compiler, '--project', 'tsconfig.package.json'], { cwd: ROOT, stdio: 'inherit' });
writeFunctionBundles(join(DIST, 'lambda'));
writeFiles(join(DIST, 'web'), Object.entries(webPages()));
for (const program of PROGRAMS) {
  cpSync(join(ROOT, 'training-code', program), join(DIST, 'training-code', program), {
    recursive: true,
    filter: (path) => !path.endsWith('__pycache__') && !path.endsWith('_cache'),
  });
}
