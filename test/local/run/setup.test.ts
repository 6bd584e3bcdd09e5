import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

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

function launch(environment: Record<string, string>): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'local', 'run', 'launch.mjs'), '--help'], {
    encoding: 'utf8',
    env: environment,
  });
  return { status, stderr };
}

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

it('installs again what was cut short, and then no more', () => {
  // A copy of the launcher in a project of its own, where npm and Python are scripts that take notes.
  const project = mkdtempSync(join(tmpdir(), 'project-'));
  mkdirSync(join(project, 'local', 'run'), { recursive: true });
  mkdirSync(join(project, 'training-code'));
  for (const name of ['package-lock.json', '.npmrc']) {
    writeFileSync(join(project, name), 'any');
  }
  for (const name of ['requirements.txt', 'requirements-base-model.txt']) {
    writeFileSync(join(project, 'training-code', name), 'any');
  }
  const source = JSON.stringify(join(ROOT, 'local', 'run', 'setup.mjs'));
  execFileSync('cp', [JSON.parse(source) as string, join(project, 'local', 'run', 'setup.mjs')]);
  const log = join(project, 'log');
  const PATH = `${pathWith({
    python3: `if [ "$1" = -c ]; then echo 3 11; else echo "venv" >> ${log}; mkdir -p .venv/bin; printf '#!/bin/sh\\necho $2 $4 >> ${log}\\n' > .venv/bin/python; chmod +x .venv/bin/python; fi`,
    npm: `echo npm >> ${log}; mkdir -p node_modules; test ! -e fail`,
  })}:/usr/bin:/bin:${dirname(process.execPath)}`;
  const setUp = () =>
    spawnSync(
      process.execPath,
      [
        '-e',
        `import(${JSON.stringify(join(project, 'local', 'run', 'setup.mjs'))}).then(({ setUp }) => setUp({ forTests: false }))`,
      ],
      { env: { PATH }, encoding: 'utf8' },
    ).status;
  const notes = () =>
    execFileSync('sh', ['-c', `cat ${log}; : > ${log}`], { encoding: 'utf8' })
      .trim()
      .split('\n');

  writeFileSync(join(project, 'fail'), '');
  expect(setUp()).not.toBe(0);
  expect(notes()).toEqual(['npm']);
  execFileSync('rm', [join(project, 'fail')]);
  expect(setUp()).toBe(0);
  expect(notes()).toEqual(['npm', 'venv', 'pip --no-compile', 'pip --no-compile']);
  expect(setUp()).toBe(0);
  expect(notes()).toEqual(['']);
  writeFileSync(join(project, 'training-code', 'requirements.txt'), 'another');
  expect(setUp()).toBe(0);
  expect(notes()).toEqual(['venv', 'pip --no-compile', 'pip --no-compile']);
});
