import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { functionCode, SOURCE_MAPS } from '../../../lib/functions/function-code';
import { closeServer, listenOnLoopback } from '../../../local/aws/loopback';

const ENVIRONMENT = join(__dirname, '..', '..', '..', 'lambda', 'shared', 'environment.ts');
const outdir = mkdtempSync(join(tmpdir(), 'function-code-'));

afterAll(() => {
  rmSync(outdir, { recursive: true });
});

function synthesize(folders: readonly string[], directory = outdir): string {
  // The CDK's own checks cost more than the rest, and are of the template.
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ outdir: directory, analyticsReporting: false });
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

it('makes each function one file that Node.js loads by itself, and a map of our own lines', () => {
  const directory = synthesize(['prepare-dataset', 'explain-failure']);
  const assets = readdirSync(directory).filter((name) => name.startsWith('asset.'));
  expect(assets).toHaveLength(2);
  for (const asset of assets) {
    expect(readdirSync(join(directory, asset))).toContain('index.js');
    const map = readdirSync(join(directory, asset)).find((name) => name.endsWith('.js.map')) ?? '';
    const { sources } = JSON.parse(readFileSync(join(directory, asset, map), 'utf8')) as { sources: string[] };
    expect(sources.filter((source) => !source.startsWith('lambda/'))).toEqual([]);
    const load = `process.stdout.write(typeof require(${JSON.stringify(join(directory, asset, 'index.js'))}).handler)`;
    const loaded = execFileSync(process.execPath, ['-e', load], {
      cwd: directory,
      env: { AWS_REGION: 'us-east-1' },
      encoding: 'utf8',
    });
    expect(loaded).toBe('function');
  }
});

describe('the classify function, as it is deployed', () => {
  let bundle: string;
  beforeAll(() => {
    const directory = synthesize(['classify'], join(outdir, 'classify'));
    const asset = readdirSync(directory).find((name) => name.startsWith('asset.')) ?? '';
    bundle = join(directory, asset, 'index.js');
  });

  it('keeps what it needs rarely in a file of its own, which only that need loads', () => {
    expect(readFileSync(bundle, 'utf8')).not.toContain('AmazonSSM');
    const lazy = join(dirname(bundle), 'read-parameter.lazy.js');
    expect(readFileSync(lazy, 'utf8')).toContain('AmazonSSM');
    const load = `process.stdout.write(typeof require(${JSON.stringify(lazy)}).readParameter)`;
    expect(execFileSync(process.execPath, ['-e', load], { encoding: 'utf8' })).toBe('function');
  });

  it('keeps the AWS SDK in a file without a map, for Node.js goes through every line of one that has a map', () => {
    const code = readFileSync(bundle, 'utf8');
    expect(code).toContain('sourceMappingURL=classify.js.map');
    expect(code).not.toContain('smithy');
    const sdk = readFileSync(join(dirname(bundle), 'sagemaker-runtime.vendor.js'), 'utf8');
    expect(sdk).toContain('AmazonSageMakerRuntime');
    expect(sdk).not.toContain('sourceMappingURL');
  });

  it('has no wrapper around a module, which Node.js would call to load it', () => {
    const sdk = readFileSync(join(dirname(bundle), 'sagemaker-runtime.vendor.js'), 'utf8');
    // As esbuild writes it, by a helper: `var a,b=helper(()=>{…})`.
    expect(sdk.match(/=\w+\(\(\)=>\{/g) ?? []).toHaveLength(0);
    expect(sdk).toContain('lambda/shared/no-event-streams.ts');
  });

  it('names the TypeScript line of an error', () => {
    const { stderr } = spawnSync(process.execPath, [bundle], {
      env: { NODE_OPTIONS: SOURCE_MAPS },
      encoding: 'utf8',
    });
    const line =
      1 +
      readFileSync(ENVIRONMENT, 'utf8')
        .split('\n')
        .findIndex((each) => each.includes('throw new Error'));
    expect(stderr).toContain("the function's environment lacks ENDPOINT_NAME");
    expect(stderr).toMatch(new RegExp(`lambda/shared/environment\\.ts:${line}:\\d+\\)`));
    expect(stderr).toMatch(/lambda\/classify\/index\.ts:\d+:\d+\)/);
  });

  it('needs no way to credentials but the environment, and tells a lost connection', async () => {
    const requests: IncomingHttpHeaders[] = [];
    const server = createServer(({ headers, socket }, response) => {
      requests.push(headers);
      if (requests.length > 1) {
        socket.destroy();
      }
      response.end('[[{"label":"a","score":1}]]');
    });
    const port = await listenOnLoopback(server);
    const script = `
      const { handler } = require(${JSON.stringify(bundle)});
      const event = { httpMethod: 'POST', headers: {}, body: '{"inputs":"one"}', requestContext: {} };
      const log = console.log; console.log = () => {};
      handler(event).then(async (first) => log(JSON.stringify([first, await handler(event)])));`;
    const child = promisify(execFile)(process.execPath, ['-e', script], {
      cwd: outdir,
      env: {
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'id',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SESSION_TOKEN: 'token',
        AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: `http://127.0.0.1:${port}`,
        ENDPOINT_NAME: 'cola-dev-instance',
        ENDPOINT_NAME_PARAMETER: '/cola-dev/endpoint-name',
        ARTIFACTS_BUCKET: 'artifacts-bucket',
        METRIC_NAMESPACE: 'cola-dev',
      },
    });
    const answers = JSON.parse((await child).stdout) as { statusCode: number; body: string }[];
    await closeServer(server);

    expect(answers.map(({ statusCode, body }): unknown[] => [statusCode, JSON.parse(body)])).toEqual([
      [200, [[{ label: 'a', score: 1 }]]],
      [503, { error: 'the model cannot be reached at the moment: try again later', error_type: 'Unavailable' }],
    ]);
    // The second was tried twice.
    expect(requests).toHaveLength(3);
    expect(requests[0]).toMatchObject({
      authorization: expect.stringContaining('Credential=id/') as string,
      'x-amz-security-token': 'token',
    });
  });
});

it('tells of a folder without a function', () => {
  expect(() => synthesize([join('..', 'bin')])).toThrow('has no index.ts');
});
