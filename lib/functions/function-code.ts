import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
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

/** What Node.js needs to name the TypeScript line in a stack trace. */
export const SOURCE_MAPS = '--enable-source-maps';

/**
 * A function's index.ts with all that it imports, as one file, and the map from its lines to those of the sources. It
 * counts as changed when one of the two does.
 *
 * Beside it are files of their own: `NAME.lazy.ts`, what the function needs rarely and imports when it does, so that a cold
 * start does not read it; and `NAME.vendor.ts`, what it uses of a package, without a source map: Node.js counts the lines
 * of each file that has one, at every cold start.
 *
 * @param folder the function's, under lambda/
 * @param files other files that the function reads, by name
 */
export function functionCode(folder: string, files: Readonly<Record<string, string>> = {}): lambda.Code {
  return lambda.Code.fromAsset(join(FUNCTIONS, folder), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      local: {
        tryBundle(outputDirectory: string): boolean {
          if (!FOLDERS.includes(folder)) {
            throw new Error(`lambda/${folder} is no function: it has no index.ts`);
          }
          for (const [name, content] of Object.entries(files)) {
            writeFileSync(join(outputDirectory, name), content);
          }
          texts ??= bundleAll();
          for (const name of [folder, ...modulesApart(folder)]) {
            const code = textOf(`${name}.js`);
            const hasMap = !name.endsWith(VENDOR);
            writeFileSync(
              join(outputDirectory, name === folder ? 'index.js' : `${name}.js`),
              hasMap ? code : code.replace(TO_MAP, ''),
            );
            if (hasMap) {
              writeFileSync(join(outputDirectory, `${name}.js.map`), ownSourceMap(textOf(`${name}.js.map`)));
            }
          }
          return true;
        },
      },
    },
  });
}

const FOLDERS = readdirSync(FUNCTIONS).filter((name) => existsSync(join(FUNCTIONS, name, 'index.ts')));

const VENDOR = '.vendor';
/** From a file to its source map. */
const TO_MAP = /\n\/\/# sourceMappingURL=.*/;

/** The modules of a function that are files of their own, such as `read-parameter.lazy`. */
function modulesApart(folder: string): string[] {
  const modules = readdirSync(join(FUNCTIONS, folder)).map((file) => basename(file, '.ts'));
  return modules.filter((module) => module.endsWith('.lazy') || module.endsWith(VENDOR));
}

/** By the name of the file. */
let texts: ReadonlyMap<string, string> | undefined;

function textOf(name: string): string {
  const text = texts?.get(name);
  if (text === undefined) {
    throw new Error(`esbuild wrote no ${name}`);
  }
  return text;
}

/**
 * Bundles all functions in one go, for most of what they import is the same: half the time of one by one, and a tenth of
 * what CDK's NodejsFunction takes, which starts npx for each.
 */
function bundleAll(): ReadonlyMap<string, string> {
  const { outputFiles } = buildSync({
    entryPoints: FOLDERS.flatMap((folder) => [
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
