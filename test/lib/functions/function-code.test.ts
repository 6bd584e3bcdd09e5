import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { functionCode } from '../../../lib/functions/function-code';

const outdir = mkdtempSync(join(tmpdir(), 'function-code-'));

afterAll(() => {
  rmSync(outdir, { recursive: true });
});

function synthesize(folders: readonly string[]): string {
  // The CDK's own checks cost more than the rest, and are of the template.
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Stack');
  for (const folder of folders) {
    new lambda.Function(stack, `Function-${folder}`, {
      code: functionCode(folder),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_22_X,
    });
  }
  return app.synth().directory;
}

it('makes each function one file that Node.js loads by itself', () => {
  const directory = synthesize(['prepare-dataset', 'explain-failure']);
  const assets = readdirSync(directory).filter((name) => name.startsWith('asset.'));
  expect(assets).toHaveLength(2);
  for (const asset of assets) {
    expect(readdirSync(join(directory, asset))).toEqual(['index.js']);
    const load = `process.stdout.write(typeof require(${JSON.stringify(join(directory, asset, 'index.js'))}).handler)`;
    const loaded = execFileSync(process.execPath, ['-e', load], {
      cwd: directory,
      env: { AWS_REGION: 'us-east-1' },
      encoding: 'utf8',
    });
    expect(loaded).toBe('function');
  }
});

it('tells of a folder without a function', () => {
  expect(() => synthesize([join('..', 'bin')])).toThrow('has no index.ts');
});
