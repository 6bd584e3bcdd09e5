import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuarded } from '../../../../local/aws/sagemaker/guarded-process';
import { processEnvironment } from '../../../../local/aws/sagemaker/process-environment';
import { runs, until } from './processes';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'guarded-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

function start(script: string, graceSeconds = 5) {
  const lines: string[] = [];
  const started = startGuarded(
    { command: '/bin/sh', args: ['-c', script], env: { ...processEnvironment(), ROOT: root } },
    { cwd: root, graceSeconds, onLine: (line, source) => lines.push(`${source}: ${line}`) },
  );
  return { ...started, lines };
}

/** A child in its session, one in a session of its own, and one that ignores SIGTERM; each writes its id into a file. */
const family = `
  sh -c 'echo $$ > child; exec sleep 600' &
  ${process.execPath} -e "require('child_process').spawn('sh', ['-c', 'echo \\$\\$ > session; exec sleep 600'], { detached: true, stdio: 'inherit' })" &
  sh -c 'trap "" TERM; echo $$ > stubborn; while :; do sleep 1; done' &
  echo $$ > leader
  wait`;

async function familyPids(): Promise<number[]> {
  const files = ['child', 'session', 'stubborn', 'leader'].map((name) => join(root, name));
  await until(() => files.every((file) => existsSync(file) && readFileSync(file, 'utf8') !== ''));
  return files.map((file) => Number(readFileSync(file, 'utf8')));
}

test.each([
  ['exit 0', { code: 0, signal: null }],
  ['exit 7', { code: 7, signal: null }],
  ['kill -9 $$', { code: null, signal: 'SIGKILL' }],
  ['exec /no/such/program', { code: 127, signal: null }],
])('%s ends with %j', async (script, exit) => {
  expect(await start(script).ended).toEqual(exit);
});

test('hands over all lines, and has the id of the program itself', async () => {
  const { pid, ended, lines } = start(`echo $$; printf 'a\\rb\\r\\nlast without end'; echo warn >&2; cat`);
  await ended;
  expect(lines.filter((line) => line.startsWith('stdout'))).toEqual([
    `stdout: ${pid ?? ''}`,
    'stdout: a',
    'stdout: b',
    'stdout: last without end',
  ]);
  expect(lines).toContain('stderr: warn');
});

test('stops the whole family, sessions of their own and SIGTERM ignored included', async () => {
  const { stop } = start(family, 1);
  const pids = await familyPids();
  expect(pids.every(runs)).toBe(true);
  await stop();
  await until(() => !pids.some(runs));
});

test('lets a program end in its own time, with its own exit code', async () => {
  const { stop, lines } = start(`trap 'sleep 0.3; echo bye; exit 5' TERM; echo ready; while :; do sleep 0.1; done`);
  await until(() => lines.includes('stdout: ready'));
  expect(await stop()).toEqual({ code: 5, signal: null });
  expect(lines).toContain('stdout: bye');
});

test('takes along what a program leaves behind in its group', async () => {
  const { ended } = start(`sh -c 'echo $$ > left; exec sleep 600' & while [ ! -s left ]; do sleep 0.05; done`);
  await ended;
  const left = Number(readFileSync(join(root, 'left'), 'utf8'));
  await until(() => !runs(left));
});

test('stops the family when the owner is killed', async () => {
  const owner = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '-e',
      `const { startGuarded } = require(${JSON.stringify(join(__dirname, '../../../../local/aws/sagemaker/guarded-process.ts'))});
       startGuarded({ command: '/bin/sh', args: ['-c', process.argv[1]], env: { PATH: process.env.PATH } },
         { cwd: ${JSON.stringify(root)}, graceSeconds: 1, onLine: () => {} });`,
      family,
    ],
    { stdio: 'ignore' },
  );
  const pids = await familyPids();
  owner.kill('SIGKILL');
  await until(() => !pids.some(runs));
});
