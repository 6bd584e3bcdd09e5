import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/*
 * What `npm pack` makes, in an app that has of this project nothing else, nor anything that the package does not say it
 * needs: installed by hand, for a test asks no registry.
 */
jest.setTimeout(300_000);

const ROOT = join(__dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'package-'));
const installed = join(folder, 'node_modules', 'classifier-on-sagemaker');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

beforeAll(() => {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT, stdio: 'pipe' });
  const packed = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed), '--strip-components', '1', '-C', installed]);
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    const path = join(folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), path);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const APP = `
const { App, Stack } = require('aws-cdk-lib');
const { TextClassifier } = require('MODULE');
const app = new App({ analyticsReporting: false });
new TextClassifier(new Stack(app, 'Desk'), 'Reviews', {
  serving: { profile: 'elastic-inference' }, api: { pages: true }, training: { useSpotInstances: true },
});
console.log(JSON.stringify(app.synth().stacks.map(({ template, assets }) => ({ template, assets: assets.map(({ id }) => id) }))));
`;

/** The templates, functions bundled, by the package or by the sources. */
function synthesize(from: string, ...flags: string[]): unknown {
  const file = join(folder, 'app.js');
  writeFileSync(file, APP.replace('MODULE', from));
  const env = { PATH: process.env.PATH, CDK_VALIDATION: 'false', TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json') };
  const json = execFileSync(process.execPath, [...flags, file], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 1e9,
  });
  return JSON.parse(json);
}

it('synthesizes the very templates of the sources, the hashes of code included', () => {
  const packed = synthesize('classifier-on-sagemaker');
  expect(JSON.stringify(packed)).toContain('AWS::StepFunctions::StateMachine');
  expect(packed).toEqual(
    synthesize(join(ROOT, 'lib', 'index.ts'), '--import', join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')),
  );
});

it('has types that an app compiles with', () => {
  const app = `
    import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
    import { TextClassifier } from 'classifier-on-sagemaker';
    const props = { gate: { metric: 'macro_f1', minimum: 0.8 }, removalPolicy: RemovalPolicy.DESTROY } as const;
    const { classifyUrl, apiKeyId }: TextClassifier = new TextClassifier(new Stack(new App(), 'Desk'), 'Reviews', props);
    export const outputs: (string | undefined)[] = [classifyUrl, apiKeyId];
    // @ts-expect-error there is no such metric
    new TextClassifier(new Stack(new App(), 'Desk'), 'Reviews', { gate: { metric: 'recall' } });`;
  writeFileSync(join(folder, 'app.ts'), app);
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = [
    '--noEmit',
    '--skipLibCheck',
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--typeRoots',
    join(ROOT, 'node_modules', '@types'),
  ];
  execFileSync(process.execPath, [compiler, ...options, '--types', 'node', '--ignoreConfig', 'app.ts'], {
    cwd: folder,
    stdio: 'pipe',
  });
});

it('is for the versions of its peers that it is tested with, and newer ones', () => {
  for (const [name, range] of Object.entries(manifest.peerDependencies)) {
    expect(range).toBe(`^${manifest.devDependencies[name] ?? ''}`);
  }
});

it('says of its commands that they are not in it', () => {
  const run = () =>
    execFileSync(process.execPath, [join(installed, 'cli', 'classifier.mjs'), 'start'], { stdio: 'pipe' });
  expect(run).toThrow('The commands run in a checkout of classifier-on-sagemaker');
});
