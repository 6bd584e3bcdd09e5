/*
 * `npm test`: sets up what is missing, then runs every check and tells all that failed.
 * `npm test -- types python` runs only the checks named; with `--changed`, only on what changed since main.
 * `npm run check` (`--quick`) runs at once what takes seconds.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, setUpOrExit } from '../local/run/setup.mjs';
import { ALL, changes, checksOf, QUICK } from './checks.mjs';

/**
 * The checks that run the code, one after the other. A sixth of their time they wait for processes to start and to end: the
 * others, which read the code, go beside them and take what that leaves of the cores.
 */
const RUN_THE_CODE = ['python', 'typescript'];

/** @returns {Promise<{ passed: boolean, output: string }>} the output is empty where it was shown at once */
function run({ command, args, folder = '.' }, shown) {
  return new Promise((resolve) => {
    const output = [];
    const stdio = ['ignore', shown, shown];
    const child = spawn(command, args, { cwd: join(ROOT, folder), stdio });
    if (shown === 'pipe' && child.pid !== undefined) {
      setPriority(child.pid, constants.priority.PRIORITY_LOW);
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => output.push(chunk));
    }
    child.on('error', (error) => resolve({ passed: false, output: `${error.message}\n` }));
    child.on('close', (code) => resolve({ passed: code === 0, output: Buffer.concat(output).toString() }));
  });
}

async function check(name, commands, shown) {
  const start = Date.now();
  let passed = true;
  let output = '';
  for (const command of commands) {
    const result = await run(command, shown);
    passed = result.passed && passed;
    output += result.output;
  }
  return { name, passed, output, seconds: (Date.now() - start) / 1000 };
}

/** One after the other, as it goes. */
async function inTurn(checks) {
  const results = [];
  for (const [name, commands] of Object.entries(checks)) {
    console.log(`\n== ${name}`);
    results.push(await check(name, commands, 'inherit'));
  }
  return results;
}

/** All at once, and in the end only what failed is to be shown. */
async function atOnce(checks) {
  const names = Object.keys(checks);
  if (names.length > 0) {
    console.log(`\n== ${names.join(', ')}`);
  }
  return Promise.all(Object.entries(checks).map(([name, commands]) => check(name, commands, 'pipe')));
}

const { values, positionals } = parseArgs({
  options: { changed: { type: 'boolean' }, quick: { type: 'boolean' } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in ALL));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}; there are ${Object.keys(ALL).join(', ')}.`);
  process.exit(1);
}

await setUpOrExit({ forTests: true });

// The CDK leaves an assembly for each App that a test makes, hundreds of them.
const temporary = mkdtempSync(join(tmpdir(), 'checks-'));
process.env.TMPDIR = temporary;
// The environment's modules are compiled by whoever imports them first, which is worth keeping.
delete process.env.PYTHONDONTWRITEBYTECODE;

const checks = values.quick ? QUICK : values.changed ? checksOf(changes(ROOT)) : ALL;
const chosen = Object.entries(checks).filter(([name]) => positionals.length === 0 || positionals.includes(name));
const runs = ([name]) => RUN_THE_CODE.includes(name);
const [reading, running] = await Promise.all([
  atOnce(Object.fromEntries(chosen.filter((each) => !runs(each)))),
  inTurn(Object.fromEntries(chosen.filter(runs))),
]);
for (const { name, output } of reading.filter(({ passed }) => !passed)) {
  console.log(`\n== ${name}\n${output}`);
}
const results = [...reading, ...running];

console.log('');
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
}
rmSync(temporary, { recursive: true, force: true });
const failures = results.filter(({ passed }) => !passed).length;
console.log(`\nchecks: ${results.length - failures} passed, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
