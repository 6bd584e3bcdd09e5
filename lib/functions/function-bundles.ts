import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { esbuild } from './esbuild';
import { ownSourceMap } from './own-source-map';

const ROOT = join(__dirname, '..', '..');
const FUNCTIONS = join(ROOT, 'lambda');

/**
 * What the AWS SDK loads only when it finds no credentials in the environment, where Lambda always puts them: a third of
 * a bundle, which would be read at every cold start.
 */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** What stands in the bundles for a module of the AWS SDK's. */
const STAND_INS = { '@smithy/core/event-streams': join(FUNCTIONS, 'shared', 'no-event-streams.ts') };

const VENDOR = '.vendor';
/** From a file to its source map. */
const TO_MAP = /\n\/\/# sourceMappingURL=.*/;

/** A function's files, by name. */
export type Bundle = ReadonlyMap<string, string>;

/**
 * Every function under lambda/, by its folder: index.ts with all that it imports, as one file, and the map from its lines
 * to those of the sources.
 *
 * Beside it are files of their own: `NAME.lazy.ts`, what the function needs rarely and imports when it does, so that a cold
 * start does not read it; and `NAME.vendor.ts`, what it uses of a package, without a source map: Node.js counts the lines
 * of each file that has one, at every cold start.
 */
export function bundleFunctions(): ReadonlyMap<string, Bundle> {
  const folders = readdirSync(FUNCTIONS).filter((name) => existsSync(join(FUNCTIONS, name, 'index.ts')));
  const texts = bundleAll(folders);
  return new Map(
    folders.map((folder) => {
      const files = [folder, ...modulesApart(folder)].flatMap((module): (readonly [string, string])[] => {
        const file = module === folder ? 'index.js' : `${module}.js`;
        const code = textIn(texts, `${module}.js`);
        const map = `${module}.js.map`;
        return module.endsWith(VENDOR)
          ? [[file, code.replace(TO_MAP, '')]]
          : [
              [file, code],
              [map, ownSourceMap(textIn(texts, map))],
            ];
      });
      return [folder, new Map(files)];
    }),
  );
}

/** Writes each function's bundle into a folder of its name, in a directory. */
export function writeFunctionBundles(directory: string): void {
  for (const [folder, bundle] of bundleFunctions()) {
    writeFiles(join(directory, folder), bundle);
  }
}

/** Writes files, by name, into a folder, which is made if it is not there. */
export function writeFiles(folder: string, files: Iterable<readonly [name: string, text: string]>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) {
    writeFileSync(join(folder, name), text);
  }
}

/** The modules of a function that are files of their own, such as `read-parameter.lazy`. */
function modulesApart(folder: string): string[] {
  const modules = readdirSync(join(FUNCTIONS, folder)).map((file) => basename(file, '.ts'));
  return modules.filter((module) => module.endsWith('.lazy') || module.endsWith(VENDOR));
}

function textIn(texts: ReadonlyMap<string, string>, name: string): string {
  const text = texts.get(name);
  if (text === undefined) {
    throw new Error(`esbuild wrote no ${name}`);
  }
  return text;
}

/**
 * Bundles all functions in one go, for most of what they import is the same: half the time of one by one, and a tenth of
 * what CDK's NodejsFunction takes, which starts npx for each.
 *
 * @returns the files that esbuild wrote, by name
 */
function bundleAll(folders: readonly string[]): ReadonlyMap<string, string> {
  const { outputFiles } = esbuild().buildSync({
    entryPoints: folders.flatMap((folder) => [
      { in: join(FUNCTIONS, folder, 'index.ts'), out: folder },
      ...modulesApart(folder).map((module) => ({ in: join(FUNCTIONS, folder, `${module}.ts`), out: module })),
    ]),
    // A map names its sources from where the bundle lies: lambda/classify/index.ts.
    outdir: ROOT,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    // Of a file beside the bundle, by `require`.
    supported: { 'dynamic-import': false },
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    // The packages' ES modules, of which esbuild can leave out what is not used.
    mainFields: ['module', 'main'],
    alias: STAND_INS,
    external: [...OTHER_CREDENTIALS, './*.lazy', `./*${VENDOR}`],
    logLevel: 'warning',
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}
