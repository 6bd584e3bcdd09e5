import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { type Bundle, bundleFunctions, writeFiles } from './function-bundles';

/** The local run says where it keeps their bundles. */
const FUNCTIONS = process.env['FUNCTION_BUNDLES'] ?? join(__dirname, '..', '..', 'lambda');

/** What Node.js needs to name the TypeScript line in a stack trace. */
export const SOURCE_MAPS = '--enable-source-maps';

/**
 * A function's bundle. It counts as changed when one of its files does.
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
          writeFiles(outputDirectory, [...bundleOf(folder), ...Object.entries(files)]);
          return true;
        },
      },
    },
  });
}

/** By folder. */
let bundles: ReadonlyMap<string, Bundle> | undefined;

/** In the package and for the local run, each folder has its bundle in the place of the sources. */
function bundleOf(folder: string): Bundle {
  const path = join(FUNCTIONS, folder);
  if (existsSync(join(path, 'index.js'))) {
    return new Map(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]));
  }
  bundles ??= bundleFunctions();
  const bundle = bundles.get(folder);
  if (bundle === undefined) {
    throw new Error(`lambda/${folder} is no function: it has no index.ts`);
  }
  return bundle;
}
