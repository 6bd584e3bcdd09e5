/*
 * Which process owns a folder: one at a time, for as long as it runs. In JavaScript, as the set-up asks it before there is anything
 * to run TypeScript with.
 *
 * The owner is the target of a symbolic link, which nothing has to be at: it is made in one step with what it says, or not at
 * all where there is one.
 */
const { spawnSync } = require('node:child_process');
const { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } = require('node:fs');
const path = require('node:path');

const OWNER = 'owner';

/** Takes a folder, which is made if need be, unless another process owns it. Returns that one's id, undefined where it is ours. */
function own(folder) {
  mkdirSync(folder, { recursive: true });
  const link = path.join(folder, OWNER);
  const self = describe(process.pid);
  while (!succeeds(() => symlinkSync(self, link), 'EEXIST')) {
    const found = read(link);
    if (found === self) {
      return undefined;
    }
    if (found !== undefined && isRunning(found)) {
      return pidOf(found);
    }
    takeAway(link, found);
  }
  return undefined;
}

/** Gives a folder free that this process owns. */
function disown(folder) {
  const link = path.join(folder, OWNER);
  if (read(link) === describe(process.pid)) {
    rmSync(link);
  }
}

/** The id of the process that owns a folder, and runs. */
function ownerOf(folder) {
  const found = read(path.join(folder, OWNER));
  return found !== undefined && isRunning(found) ? pidOf(found) : undefined;
}

/** Takes away what an owner has left that runs no more. By now it may be that of another, who did the same: that is put back. */
function takeAway(link, left) {
  const aside = `${link}-${process.pid}`;
  if (!succeeds(() => renameSync(link, aside), 'ENOENT')) {
    return;
  }
  const taken = read(aside);
  rmSync(aside);
  if (taken !== left && taken !== undefined) {
    succeeds(() => symlinkSync(taken, link), 'EEXIST');
  }
}

/** Undefined where there is none. A version before, which may run still, wrote a file with its id alone. */
function read(link) {
  let target;
  if (!succeeds(() => (target = readlinkSync(link)), 'ENOENT', 'EINVAL')) {
    succeeds(() => (target = describe(Number.parseInt(readFileSync(link, 'utf8'), 10))), 'ENOENT');
  }
  return target?.endsWith(' undefined') ? undefined : target;
}

function isRunning(owner) {
  return owner === describe(pidOf(owner));
}

function pidOf(owner) {
  return Number.parseInt(owner, 10);
}

/** A process by its id and when it began: once it has ended, or the machine was started anew, another one gets its id. */
function describe(pid) {
  return `${pid} ${process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid)}`;
}

/** In ticks since which boot: ps computes a time of them, which moves with the clock, and is not there in every container. */
function startOnLinux(pid) {
  let boot, status;
  succeeds(() => (boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()), 'ENOENT');
  succeeds(() => (status = readFileSync(`/proc/${pid}/stat`, 'utf8')), 'ENOENT', 'ESRCH');
  // The second field, a name in parentheses, may have blanks; starttime is the 22nd.
  return status && `${boot} ${status.slice(status.lastIndexOf(')') + 2).split(' ')[19]}`;
}

function startByPs(pid) {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  const { error, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env, encoding: 'utf8' });
  if (error) {
    throw error;
  }
  return stdout.trim() || undefined;
}

/** Whether something works that may fail for these reasons. */
function succeeds(act, ...codes) {
  try {
    act();
    return true;
  } catch (error) {
    if (!codes.includes(error.code)) {
      throw error;
    }
    return false;
  }
}

module.exports = { OWNER, own, disown, ownerOf };
