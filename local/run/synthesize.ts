import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { account, region } from '../aws/account';
import { CommandFailed } from './failure';

const execute = promisify(execFile);

export interface Asset {
  /** A folder, or a single file. */
  readonly path: string;
  /** Where the templates expect it. */
  readonly bucketName: string;
  readonly objectKey: string;
}

export interface SynthesizedStack {
  readonly stackName: string;
  readonly template: Readonly<Record<string, unknown>>;
  readonly assets: readonly Asset[];
}

/** What decides how the functions are bundled, whatever the configuration. */
const FUNCTION_SOURCES = ['lambda', join('lib', 'functions'), 'package-lock.json'];

/** What decides what is synthesized; a change of any of it makes a new assembly. */
const SOURCES = [
  'bin',
  'lib',
  'lambda',
  'web',
  join('training-code', 'batch'),
  join('training-code', 'source'),
  join('training-code', 'tracing'),
  'cdk.json',
  'package-lock.json',
  'tsconfig.json',
];

/**
 * The application's stacks, synthesized for this machine's stand-in of an account, in the order to deploy them in.
 *
 * Synthesis takes seconds, so each result is kept under the hash of everything that went into it.
 *
 * @param root the project
 * @param configurationFile as for `cdk deploy`
 * @param cache the folder to keep assemblies in
 * @throws CommandFailed when the configuration or the application does not synthesize
 */
export async function synthesize(root: string, configurationFile: string, cache: string): Promise<SynthesizedStack[]> {
  const directory = assemblyFolder(root, configurationFile, cache);
  if (!existsSync(directory)) {
    const functions = functionsFolder(root, cache);
    if (!existsSync(functions)) {
      await write(functions, (unfinished) => run(root, join('bin', 'bundle-functions.ts'), [unfinished]));
    }
    await write(directory, (unfinished) => synthesizeInto(unfinished, root, configurationFile, functions));
  }
  return readAssembly(directory);
}

/** Removes from a cache what other configurations, and other code, were synthesized to. */
export function forgetOtherAssemblies(root: string, configurationFile: string, cache: string): void {
  const kept = [assemblyFolder(root, configurationFile, cache), functionsFolder(root, cache)];
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name);
    if (!kept.includes(folder)) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function assemblyFolder(root: string, configurationFile: string, cache: string): string {
  const hash = createHash('sha256').update(process.version).update(readFileSync(configurationFile));
  return join(cache, hashOf(SOURCES, root, hash));
}

/** Of the functions' bundles, which take as long as all else of a synthesis. */
function functionsFolder(root: string, cache: string): string {
  return join(cache, `functions-${hashOf(FUNCTION_SOURCES, root, createHash('sha256'))}`);
}

function hashOf(sources: readonly string[], root: string, hash: ReturnType<typeof createHash>): string {
  for (const name of sources) {
    hashInto(hash, root, join(root, name));
  }
  return hash.digest('hex').slice(0, 16);
}

function hashInto(hash: ReturnType<typeof createHash>, root: string, path: string): void {
  const entries = readdirIfFolder(path);
  if (entries === undefined) {
    hash.update(`${relative(root, path)}\0`).update(readFileSync(path));
    return;
  }
  for (const entry of entries.filter((name) => name !== '__pycache__').sort()) {
    hashInto(hash, root, join(path, entry));
  }
}

function readdirIfFolder(path: string): string[] | undefined {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') {
      return undefined;
    }
    throw error;
  }
}

/** Runs the CDK app as the CDK CLI does. */
async function synthesizeInto(
  directory: string,
  root: string,
  configurationFile: string,
  functions: string,
): Promise<void> {
  const { context } = readJson(join(root, 'cdk.json')) as { readonly context: Readonly<Record<string, unknown>> };
  await run(root, join('bin', 'app.ts'), [], {
    CDK_OUTDIR: directory,
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, configuration: configurationFile }),
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
    FUNCTION_BUNDLES: functions,
  });
}

/** Runs a program of this project's in a process of its own: CDK is large, and speaks while it bundles. */
async function run(root: string, program: string, args: string[], env: Readonly<Record<string, string>> = {}) {
  try {
    await execute(process.execPath, ['--import', 'tsx', join(root, program), ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    throw new CommandFailed(`The stacks cannot be synthesized.\n${(error as { stderr: string }).stderr.trim()}`);
  }
}

/** Writes a folder that is there when it is whole, also where another process has the same to do at the same time. */
async function write(directory: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  mkdirSync(dirname(directory), { recursive: true });
  const unfinished = mkdtempSync(`${directory}.unfinished-`);
  await fill(unfinished);
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
    rmSync(unfinished, { recursive: true });
  }
}

interface AssemblyManifest {
  readonly artifacts: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly dependencies?: readonly string[];
        readonly properties?: { readonly templateFile?: string; readonly stackName?: string };
      }
    >
  >;
}

interface AssetManifest {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string };
        readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
      }
    >
  >;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function readAssembly(directory: string): SynthesizedStack[] {
  const { artifacts } = readJson(join(directory, 'manifest.json')) as AssemblyManifest;
  const stacks: SynthesizedStack[] = [];
  const visited = new Set<string>();
  const visit = (id: string): void => {
    const artifact = artifacts[id];
    if (artifact === undefined || visited.has(id)) {
      return;
    }
    visited.add(id);
    artifact.dependencies?.forEach(visit);
    const templateFile = artifact.properties?.templateFile;
    if (artifact.type === 'aws:cloudformation:stack' && templateFile !== undefined) {
      stacks.push({
        stackName: artifact.properties?.stackName ?? id,
        template: readJson(join(directory, templateFile)) as Record<string, unknown>,
        assets: readAssets(directory, `${id}.assets.json`),
      });
    }
  };
  Object.keys(artifacts).forEach(visit);
  return stacks;
}

function readAssets(directory: string, manifestFile: string): Asset[] {
  const { files } = readJson(join(directory, manifestFile)) as AssetManifest;
  return Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ bucketName, objectKey }) => ({
      path: join(directory, source.path),
      bucketName,
      objectKey,
    })),
  );
}
