/*
 * Bundles all functions into a folder each, in the directory that is given. The local run does so once for all
 * configurations: see local/run/synthesize.ts.
 */
import { writeFunctionBundles } from '../lib/functions/function-bundles';

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  throw new Error('usage: bundle-functions.ts DIRECTORY');
}
writeFunctionBundles(directory);
