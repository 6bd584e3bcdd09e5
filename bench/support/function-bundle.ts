import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { functionCode } from '../../lib/functions/function-code';

/**
 * Bundles one function as the deployment does.
 *
 * @param folder the function's, under lambda/
 * @param directory where to write to
 * @returns the bundle's index.js
 */
export function bundleFunction(folder: string, directory: string): string {
  // The templates matter to nobody here.
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ outdir: directory, analyticsReporting: false });
  const stack = new Stack(app, 'Stack');
  new lambda.Function(stack, 'Function', {
    code: functionCode(folder),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_22_X,
  });
  app.synth();
  const asset = readdirSync(directory).find((name) => name.startsWith('asset.')) ?? '';
  return join(directory, asset, 'index.js');
}
