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

/** What Node.js needs to name the TypeScript line in a stack trace. */
export const SOURCE_MAPS = '--enable-source-maps';

/**
 * A function's index.ts with all that it imports, as one file, and the map from its lines to those of the sources. It
 * counts as changed when one of the two does.
 *
 * @param folder the function's, under lambda/
 */
export function functionCode(folder: string): lambda.Code {
  return lambda.Code.fromAsset(join(FUNCTIONS, folder), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      local: {
        tryBundle(outputDirectory: string): boolean {
          bundles ??= bundleAll();
          const bundle = bundles.get(folder);
          if (bundle === undefined) {
            throw new Error(`lambda/${folder} is no function: it has no index.ts`);
          }
          writeFileSync(join(outputDirectory, 'index.js'), bundle.code);
          writeFileSync(join(outputDirectory, `${folder}.js.map`), bundle.map);
          return true;
        },
      },
    },
  });
}

interface Bundle {
  readonly code: string;
  /** Only of what is ours. */
  readonly map: string;
}

let bundles: ReadonlyMap<string, Bundle> | undefined;

/**
 * Bundles all functions in one go, for most of what they import is the same: half the time of one by one, and a tenth of
 * what CDK's NodejsFunction takes, which starts npx for each.
 */
function bundleAll(): ReadonlyMap<string, Bundle> {
  const folders = readdirSync(FUNCTIONS).filter((name) => existsSync(join(FUNCTIONS, name, 'index.ts')));
  const { outputFiles } = buildSync({
    entryPoints: folders.map((folder) => ({ in: join(FUNCTIONS, folder, 'index.ts'), out: folder })),
    // A map names its sources from where the bundle lies: lambda/classify/index.ts.
    outdir: ROOT,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    // The packages' ES modules, of which esbuild can leave out what is not used.
    mainFields: ['module', 'main'],
    external: OTHER_CREDENTIALS,
    logLevel: 'warning',
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const textOf = (name: string): string => {
    const text = texts.get(name);
    if (text === undefined) {
      throw new Error(`esbuild wrote no ${name}`);
    }
    return text;
  };
  return new Map(
    folders.map((folder) => [folder, { code: textOf(`${folder}.js`), map: ownSourceMap(textOf(`${folder}.js.map`)) }]),
  );
}
