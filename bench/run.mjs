/* `npm run bench -- NAME [options]`: sets up what is missing, then runs bench/NAME.ts or bench/NAME.py. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import { PYTHON, ROOT, setUpOrExit } from '../local/run/setup.mjs';

const RUNNERS = { '.ts': [process.execPath, '--import', 'tsx'], '.py': [PYTHON] };

const benchmarks = readdirSync(join(ROOT, 'bench')).filter((file) => parse(file).ext in RUNNERS);
const [name, ...options] = process.argv.slice(2);
const file = benchmarks.find((each) => parse(each).name === name);
if (file === undefined) {
  const names = benchmarks.map((each) => parse(each).name).join(', ');
  console.error(`Usage: npm run bench -- NAME [options], where NAME is one of ${names}.`);
  process.exit(1);
}

await setUpOrExit({ forTests: false });

const [command, ...args] = RUNNERS[parse(file).ext];
const child = spawn(command, [...args, join(ROOT, 'bench', file), ...options], { cwd: ROOT, stdio: 'inherit' });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
