import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A log stream, which is a file. */
export interface LogStream {
  readonly name: string;
  readonly file: string;
}

export interface LogGroup {
  readonly name: string;
  /** At least one, by name. */
  readonly streams: readonly [LogStream, ...LogStream[]];
}

/** When something was written to a stream, as epoch milliseconds. */
export interface StreamTimes {
  readonly created: number;
  /** Undefined while nothing is in it. */
  readonly last?: number;
}

export interface LogFolders {
  /** By the name of a group, the folder with a folder for each job, which holds a file HOST.log for each of its hosts. */
  readonly ofJobs: Readonly<Record<string, string>>;
  /** By what the names of groups begin with, the folder with a file NAME.log for each. @default - none */
  readonly ofServers?: Readonly<Record<string, string>>;
}

/** Of a group that is one file. */
const ONLY_STREAM = 'AllTraffic/local';
const LOG = '.log';

/** Log groups as files that others write: a group is there as long as it has any. */
export class LogGroups {
  constructor(private readonly folders: LogFolders) {}

  /** By name. */
  async all(): Promise<LogGroup[]> {
    const { ofJobs, ofServers = {} } = this.folders;
    const groups = await Promise.all([
      ...Object.entries(ofJobs).map(async ([name, folder]) => [{ name, streams: await streamsOfJobs(folder) }]),
      ...Object.entries(ofServers).map(([prefix, folder]) => groupsOfServers(prefix, folder)),
    ]);
    return groups.flat().filter(hasStreams).sort(byName);
  }

  async find(name: string): Promise<LogGroup | undefined> {
    return (await this.all()).find((group) => group.name === name);
  }
}

export async function timesOf({ file }: LogStream): Promise<StreamTimes> {
  const { birthtimeMs, mtimeMs, size } = await stat(file);
  const last = Math.floor(mtimeMs);
  return { created: Math.min(Math.floor(birthtimeMs), last), last: size === 0 ? undefined : last };
}

export async function deleteStream({ file }: LogStream): Promise<void> {
  await rm(file, { force: true });
}

function hasStreams(group: { readonly name: string; readonly streams: readonly LogStream[] }): group is LogGroup {
  return group.streams.length > 0;
}

async function streamsOfJobs(folder: string): Promise<LogStream[]> {
  const jobs = (await entriesOf(folder)).filter((entry) => entry.isDirectory());
  const files = await Promise.all(
    jobs.map(async ({ name }) => (await entriesOf(join(folder, name))).map((entry) => join(name, entry.name))),
  );
  return files
    .flat()
    .filter((file) => file.endsWith(LOG))
    .map((file) => ({ name: file.slice(0, -LOG.length), file: join(folder, file) }))
    .sort(byName);
}

async function groupsOfServers(prefix: string, folder: string): Promise<LogGroup[]> {
  return (await entriesOf(folder))
    .filter(({ name }) => name.endsWith(LOG))
    .map(({ name }) => ({
      name: prefix + name.slice(0, -LOG.length),
      streams: [{ name: ONLY_STREAM, file: join(folder, name) }],
    }));
}

async function entriesOf(folder: string) {
  return existsSync(folder) ? readdir(folder, { withFileTypes: true }) : [];
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
