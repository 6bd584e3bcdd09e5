import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const FUNCTIONS = join(__dirname, '..', '..', 'lambda');

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

/**
 * A function's index.ts with all that it imports, as one file. It counts as changed when that file does, not when a
 * comment in its sources does.
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
          writeFileSync(join(outputDirectory, 'index.js'), bundle);
          return true;
        },
      },
    },
  });
}

let bundles: ReadonlyMap<string, Uint8Array> | undefined;

/**
 * Bundles all functions in one go, for most of what they import is the same: half the time of one by one, and a tenth of
 * what CDK's NodejsFunction takes, which starts npx for each.
 */
function bundleAll(): ReadonlyMap<string, Uint8Array> {
  const folders = readdirSync(FUNCTIONS).filter((name) => existsSync(join(FUNCTIONS, name, 'index.ts')));
  const { outputFiles } = buildSync({
    entryPoints: folders.map((folder) => ({ in: join(FUNCTIONS, folder, 'index.ts'), out: folder })),
    outdir: FUNCTIONS,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    minify: true,
    // The packages' ES modules, of which esbuild can leave out what is not used.
    mainFields: ['module', 'main'],
    external: OTHER_CREDENTIALS,
    logLevel: 'warning',
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path, '.js'), contents]));
}
