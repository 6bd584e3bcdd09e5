/*
 * `npm test`: sets up what is missing, then runs every check and tells all that failed.
 * `npm test -- types python` runs only the checks named.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PYTHON, ROOT, setUpOrExit } from '../local/run/setup.mjs';

const node = (script, ...args) => [{ command: process.execPath, args: [join(ROOT, 'node_modules', script), ...args] }];

const TESTED = ['training-code', 'examples'];

/** Once in each Python project, which has settings of its own. */
const python = (folders, ...args) => folders.map((folder) => ({ command: PYTHON, args: ['-m', ...args], folder }));

const CHECKS = {
  types: node('typescript/bin/tsc', '--noEmit'),
  lint: node('eslint/bin/eslint.js', '.'),
  format: node('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  'python-lint': python([...TESTED, 'bench'], 'ruff', 'check', '.'),
  'python-format': python([...TESTED, 'bench'], 'ruff', 'format', '--check', '.'),
  'python-types': python([...TESTED, 'bench'], 'mypy'),
  python: python(TESTED, 'pytest', '-q'),
  typescript: node('jest/bin/jest.js'),
};

function run({ command, args, folder = '.' }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: join(ROOT, folder), stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(false);
    });
    child.on('exit', (code) => resolve(code === 0));
  });
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in CHECKS));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}; there are ${Object.keys(CHECKS).join(', ')}.`);
  process.exit(1);
}

await setUpOrExit({ forTests: true });

// The CDK leaves an assembly for each App that a test makes, hundreds of them.
const temporary = mkdtempSync(join(tmpdir(), 'checks-'));
process.env.TMPDIR = temporary;
// The environment's modules are compiled by whoever imports them first, which is worth keeping.
delete process.env.PYTHONDONTWRITEBYTECODE;

const results = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(CHECKS)) {
  console.log(`\n== ${name}`);
  const start = Date.now();
  let passed = true;
  for (const command of CHECKS[name]) {
    passed = (await run(command)) && passed;
  }
  results.push({ name, passed, seconds: (Date.now() - start) / 1000 });
}

console.log('');
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
}
rmSync(temporary, { recursive: true, force: true });
const failures = results.filter(({ passed }) => !passed).length;
console.log(`\nchecks: ${results.length - failures} passed, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
