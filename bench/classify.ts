/*
 * The classify function's size, and its initialization: from the start of the process to the request for the first event,
 * against a function that does nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { closeServer, listenOnLoopback } from '../local/aws/loopback';
import { SOURCE_MAPS } from '../lib/functions/function-code';
import { bundleFunction } from './support/function-bundle';
import { interleave, milliseconds, roundsOption } from './support/rounds';
import { printTable, ratio, show } from './support/table';

const RUNTIME = join(__dirname, 'support', 'lambda-runtime.cjs');

async function main(): Promise<void> {
  const rounds = roundsOption(25);
  const folder = mkdtempSync(join(tmpdir(), 'bench-classify-'));
  const runtimeApi = createServer();
  const port = await listenOnLoopback(runtimeApi);
  const environment = {
    AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
    NODE_OPTIONS: SOURCE_MAPS,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    ENDPOINT_NAME: 'none',
    ENDPOINT_NAME_PARAMETER: 'none',
    METRIC_NAMESPACE: 'none',
    ARTIFACTS_BUCKET: 'none',
  };
  /** Starts the function, and waits until it asks for its first event. */
  const initialize = async (file: string): Promise<number> => {
    const child = spawn(process.execPath, [RUNTIME, file], { env: environment, stdio: 'ignore' });
    const time = await milliseconds(() => once(runtimeApi, 'request'));
    child.kill('SIGKILL');
    await once(child, 'exit');
    return time;
  };

  try {
    const bundle = bundleFunction('classify', join(folder, 'assembly'));
    const loaded = readdirSync(dirname(bundle)).filter(
      (name) => name === basename(bundle) || /\.vendor\.js$/.test(name),
    );
    const bytesLoaded = loaded.reduce((sum, name) => sum + statSync(join(dirname(bundle), name)).size, 0);
    const empty = join(folder, 'empty.js');
    writeFileSync(empty, 'exports.handler = async () => ({ statusCode: 200 });\n');

    const times = await interleave(rounds, {
      empty: () => initialize(empty),
      classify: () => initialize(bundle),
    });
    printTable(
      ['what', 'empty handler', 'classify', 'classify / empty', 'at most'],
      [
        ['bundle', `${statSync(empty).size} B`, `${(bytesLoaded / 1000).toFixed(0)} kB`, '', '350 kB'],
        [
          'initialization',
          show(times.empty, 'ms'),
          show(times.classify, 'ms'),
          ratio(times.classify, times.empty),
          '2.0',
        ],
      ],
    );
  } finally {
    await closeServer(runtimeApi);
    rmSync(folder, { recursive: true });
  }
}

void main();
