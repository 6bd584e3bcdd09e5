/*
 * How far `npm ci` is, which itself only shows that it is at work. Uses nothing but Node.js itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clearLine, cursorTo } from 'node:readline';
import { clearInterval, setInterval } from 'node:timers';

const WIDTH = 20;
const EVERY_SECONDS = 0.5;
/** The pace is that of the last so many seconds: it changes, as npm unpacks small packages by the dozen beside large ones. */
const PACE_SECONDS = 5;
/** Fewer in that time, and what is left may take any time. */
const LEAST_PACE = 10;

/** The folders of the packages that npm puts on this machine: some are for other systems only. */
function foldersOf(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const isFor = (allowed, here) => allowed === undefined || allowed.includes(here);
  return Object.entries(packages)
    .filter(([path, { os, cpu }]) => path !== '' && isFor(os, process.platform) && isFor(cpu, process.arch))
    .map(([path]) => join(root, path));
}

/**
 * `  [######··············] 168 of 562 packages, 12 s left`
 *
 * @param {number} there packages that are there
 * @param {number} all packages that will be
 * @param {number} recent how many of them came in the last PACE_SECONDS
 */
export function progressLine(there, all, recent) {
  const full = Math.round((there / all) * WIDTH);
  const left = recent < LEAST_PACE ? '' : `, ${Math.ceil(((all - there) / recent) * PACE_SECONDS)} s left`;
  return `  [${'#'.repeat(full)}${'·'.repeat(WIDTH - full)}] ${there} of ${all} packages${left}`;
}

/**
 * Shows on a terminal how many packages of the lock file are there, and how long the others take at the pace of the last
 * ones.
 *
 * @param {string} root the folder with package-lock.json and node_modules
 * @param {import('node:tty').WriteStream} terminal
 * @returns {() => void} ends it, and leaves nothing on the terminal
 */
export function showNpmProgress(root, terminal) {
  const folders = foldersOf(root);
  /** How many were there, each time that was looked, the last first. */
  const counts = [];

  function draw() {
    // npm makes all folders before it fills any.
    const there = folders.filter((folder) => existsSync(join(folder, 'package.json'))).length;
    counts.unshift(there);
    counts.length = Math.min(counts.length, PACE_SECONDS / EVERY_SECONDS + 1);
    erase();
    terminal.write(progressLine(there, folders.length, there - counts.at(-1)));
  }

  function erase() {
    clearLine(terminal, 0);
    cursorTo(terminal, 0);
  }

  const timer = setInterval(draw, EVERY_SECONDS * 1000);
  return () => {
    clearInterval(timer);
    erase();
  };
}
