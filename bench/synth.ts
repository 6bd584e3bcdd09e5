/* Synthesis of all stacks as a user runs it, validated and bundled, and what the local run needs of it. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { synthesize } from '../local/run/synthesize';
import { interleave, milliseconds, roundsOption } from './support/rounds';
import { printTable, ratio, show } from './support/table';

const execute = promisify(execFile);

const ROOT = join(__dirname, '..');
const BUNDLING_APP = join(__dirname, 'support', 'bundling-app.ts');

async function main(): Promise<void> {
  const rounds = roundsOption(5);
  const folder = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  const run = (command: string, ...args: readonly string[]) =>
    milliseconds(() => execute(command, [...args], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }));
  const bundleBy = (way: string) => {
    const directory = mkdtempSync(join(folder, 'bundles-'));
    return run(process.execPath, '--import', 'tsx', BUNDLING_APP, way, directory);
  };
  const configuration = join(folder, 'configuration.json');
  copyFileSync(join(ROOT, 'configuration.json'), configuration);
  const cache = join(folder, 'assemblies');
  const other = join(folder, 'other.json');
  let others = 0;

  try {
    const times = await interleave(rounds, {
      'bundle, by NodejsFunction': () => bundleBy('nodejs-function'),
      bundle: () => bundleBy('function-code'),
      'cdk synth': () => run('npx', 'cdk', 'synth', '--quiet', '--output', mkdtempSync(join(folder, 'cdk.out-'))),
      'local, changed': () => {
        rmSync(cache, { recursive: true, force: true });
        return milliseconds(() => synthesize(ROOT, configuration, cache));
      },
      'local, configuration changed': () => {
        writeFileSync(other, JSON.stringify({ name: `other-${++others}` }));
        return milliseconds(() => synthesize(ROOT, other, cache));
      },
      'local, unchanged': () => milliseconds(() => synthesize(ROOT, configuration, cache)),
    });
    const byNodejsFunction = times['bundle, by NodejsFunction'];
    printTable(
      ['what', 'time', 'at most'],
      [
        ['npx cdk synth: all stacks, validated and bundled', show(times['cdk synth'], 'ms', 0), '6000 ms'],
        ['local run, its code changed', show(times['local, changed'], 'ms', 0), ''],
        ['local run, its configuration changed', show(times['local, configuration changed'], 'ms', 0), ''],
        ['local run, nothing changed', show(times['local, unchanged'], 'ms', 0), '300 ms'],
      ],
    );
    console.log('');
    printTable(
      ['what', "CDK's NodejsFunction", 'ours', 'ours / baseline'],
      [
        [
          'an app of all functions, bundled',
          show(byNodejsFunction, 'ms', 0),
          show(times.bundle, 'ms', 0),
          ratio(times.bundle, byNodejsFunction),
        ],
      ],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();
