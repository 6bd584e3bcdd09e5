/* A CDK app of all functions and nothing else: node --import tsx bundling-app.ts nodejs-function|function-code OUTPUT */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { functionCode } from '../../lib/functions/function-code';

const FUNCTIONS = join(__dirname, '..', '..', 'lambda');

const [way, outdir] = process.argv.slice(2);
// Not what is measured.
process.env.CDK_VALIDATION = 'false';
const app = new App({ outdir, analyticsReporting: false });
const stack = new Stack(app, 'Stack');
const runtime = lambda.Runtime.NODEJS_22_X;
for (const folder of readdirSync(FUNCTIONS)) {
  const entry = join(FUNCTIONS, folder, 'index.ts');
  if (!existsSync(entry)) {
    continue;
  }
  if (way === 'nodejs-function') {
    new NodejsFunction(stack, folder, {
      entry,
      runtime,
      bundling: {
        format: OutputFormat.CJS,
        target: 'node22',
        minify: true,
        bundleAwsSDK: true,
        mainFields: ['module', 'main'],
      },
    });
  } else {
    new lambda.Function(stack, folder, { code: functionCode(folder), handler: 'index.handler', runtime });
  }
}
app.synth();
