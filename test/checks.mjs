/*
 * The project's checks: each a name and the commands that must succeed.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PYTHON, ROOT } from '../local/run/setup.mjs';

/** @typedef {{ command: string, args: string[], folder?: string }} Command */
/** @typedef {Record<string, Command[]>} Checks */

/** Python projects, each with settings of its own. */
const PYTHON_PROJECTS = ['training-code', 'examples', 'bench'];
const TESTED_PYTHON_PROJECTS = ['training-code', 'examples'];

const cache = (name) => join('node_modules', '.cache', name);
const node = (script, ...args) => [{ command: process.execPath, args: [join(ROOT, 'node_modules', script), ...args] }];
const python = (folders, ...args) => folders.map((folder) => ({ command: PYTHON, args: ['-m', ...args], folder }));

const tsc = (name, ...args) =>
  node('typescript/bin/tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', cache(name), ...args);
/** A page has a browser around it, and all else Node.js. */
const types = () => [...tsc('tsbuildinfo'), ...tsc('tsbuildinfo-web', '--project', 'web')];
const lint = (...files) => node('oxlint/bin/oxlint', ...files);
const format = (...files) =>
  node('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '--ignore-unknown', '--cache', ...files);
const pythonLint = (folders) => python(folders, 'ruff', 'check', '.');
const pythonFormat = (folders) => python(folders, 'ruff', 'format', '--check', '.');
/** Two files of tests at a time: they compute all the time. */
const pytest = (folders) => python(folders, 'pytest', '-q', '--numprocesses', '2', '--dist', 'loadfile');
/** One cache, as all three read the same types of the libraries. */
const mypy = (folders) => python(folders, 'mypy', '--cache-dir', join(ROOT, cache('mypy')));
const jest = (...args) => node('jest/bin/jest.js', ...args);

/** @type {Checks} Everything, as CI runs it. */
export const ALL = {
  types: types(),
  lint: lint('.'),
  format: format('.'),
  'python-lint': pythonLint(PYTHON_PROJECTS),
  'python-format': pythonFormat(PYTHON_PROJECTS),
  'python-types': mypy(PYTHON_PROJECTS),
  python: pytest(TESTED_PYTHON_PROJECTS),
  typescript: jest(),
};

/** @type {Checks} What takes seconds, for use before each commit. */
export const QUICK = {
  types: types(),
  lint: lint('.'),
  format: format('.'),
  'python-lint': pythonLint(PYTHON_PROJECTS),
  'python-format': pythonFormat(PYTHON_PROJECTS),
  rooms: jest('test/rooms.test.ts'),
};

/**
 * What this branch changed since it left main, and what is not committed yet; on main, only the latter.
 *
 * @param {string} root of the repository
 * @returns {{ base: string, files: string[] }} the commit to compare with, and the files that differ from it and exist
 */
export function changes(root) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
  const [main = 'HEAD'] = git('for-each-ref', '--format=%(refname)', 'refs/heads/main', 'refs/remotes/origin/main');
  const [base] = git('merge-base', 'HEAD', main);
  const differing = git('diff', '--name-only', '--diff-filter=d', base);
  return { base, files: [...differing, ...git('ls-files', '--others', '--exclude-standard')] };
}

/**
 * The checks of changed files and, of Jest's tests, those that import one of them; of a Python project that changed, all.
 *
 * @param {{ base: string, files: string[] }} changed
 * @returns {Checks} none where no file is the check's business
 */
export function checksOf({ base, files }) {
  const scripts = files.filter((file) => /\.(ts|mjs|js)$/.test(file));
  const changedIn = (projects) => projects.filter((project) => files.some((file) => file.startsWith(`${project}/`)));
  const projects = changedIn(PYTHON_PROJECTS);
  return Object.fromEntries(
    Object.entries({
      types: scripts.length > 0 ? types() : [],
      lint: scripts.length > 0 ? lint(...scripts) : [],
      format: files.length > 0 ? format(...files) : [],
      'python-lint': pythonLint(projects),
      'python-format': pythonFormat(projects),
      'python-types': mypy(projects),
      python: pytest(changedIn(TESTED_PYTHON_PROJECTS)),
      typescript: files.length > 0 ? jest('--changedSince', base, '--passWithNoTests') : [],
    }).filter(([, commands]) => commands.length > 0),
  );
}
