/*
 * `npm run deploy [-- [--configuration FILE] [--new-buckets] options of cdk deploy]`: says what would fail or is to be decided
 * (cli/doctor), deploys everything but the accelerated stack, then tries that one. AWS has closed Elastic Inference to accounts, and
 * its refusal of that leaf stack must not fail a deployment that works without it. `cdk deploy --all` does the same and ends with
 * that refusal as its error.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { examine, report } from '../cli/doctor/doctor';
import type { Finding } from '../cli/doctor/finding';
import { isRefusalOfAccelerator } from '../lambda/shared/accelerator-refusal';
import { type Configuration, InvalidConfiguration, readConfiguration } from '../lib/configuration/configuration';
import { namesOf } from '../lib/configuration/names';

const ROOT = join(__dirname, '..');
const CDK = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

interface CdkResult {
  readonly succeeded: boolean;
  /** What it wrote to stderr, where it was to be read. */
  readonly errors: string;
}

/** @param stderr `read`: shown, and answered too */
type CdkDeploy = (args: readonly string[], stderr: 'shown' | 'read') => Promise<CdkResult>;

/** What `classifier doctor` finds. */
type Examine = (configuration: Configuration, root: string) => Promise<readonly Finding[]>;

/** Leaves the terminal to the CLI, which asks for approval only when its output is one. */
const cdkDeploy: CdkDeploy = (args, stderr) =>
  new Promise((fulfill, reject) => {
    const child = spawn(process.execPath, [CDK, 'deploy', ...args], {
      cwd: ROOT,
      stdio: ['inherit', 'inherit', stderr === 'read' ? 'pipe' : 'inherit'],
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
      process.stderr.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      fulfill({ succeeded: code === 0, errors });
    });
  });

/** The options that are not the CLI's: the CLI would pass over them without a word. */
const OWN_OPTIONS = {
  /** As `npx classifier` takes it. */
  configuration: { type: 'string' },
  /** Leaves the buckets of an earlier deployment as they are. */
  'new-buckets': { type: 'boolean' },
} as const;

interface Options {
  readonly configurationFile: string;
  readonly newBuckets: boolean;
  /** What the CLI is to be told. */
  readonly args: readonly string[];
  /** For the second run of the CLI: what the first one synthesized, for synthesis takes seconds. */
  readonly app: readonly string[];
  /** Of the credentials, as `--profile` names it. @default - as the environment has it */
  readonly profile?: string;
  /** Where the CLI writes the outputs of what it has deployed. @default - nowhere */
  readonly outputsFile?: string;
}

/**
 * What of the CLI's options concerns this script too, and its own. As the CLI does, it takes relative paths from the project, but
 * for that of `--configuration`, which is one of where it was typed.
 *
 * @throws InvalidConfiguration when `--configuration` names no file
 */
function readOptions(given: readonly string[]): Options {
  const { values, tokens } = parseArgs({
    args: [...given],
    strict: false,
    tokens: true,
    options: {
      ...OWN_OPTIONS,
      app: { type: 'string', short: 'a' },
      context: { type: 'string', short: 'c', multiple: true },
      output: { type: 'string', short: 'o' },
      profile: { type: 'string' },
      'outputs-file': { type: 'string', short: 'O' },
    },
  });
  if (values.configuration === true || values.configuration === '') {
    throw new InvalidConfiguration('--configuration must name a file, such as --configuration production.json');
  }
  const own = tokens.flatMap((token) =>
    token.kind === 'option' && token.name in OWN_OPTIONS
      ? [token.index, ...(token.inlineValue === false ? [token.index + 1] : [])]
      : [],
  );
  const inContext =
    values.configuration === undefined
      ? []
      : ['-c', `configuration=${resolve(process.env['INIT_CWD'] ?? process.cwd(), String(values.configuration))}`];
  // Of several, the CLI takes the last.
  const configuration = [...(values.context ?? []).map(String), ...inContext].findLast((entry) =>
    entry.startsWith('configuration='),
  );
  return {
    configurationFile: resolve(ROOT, configuration?.replace('configuration=', '') ?? 'configuration.json'),
    newBuckets: values['new-buckets'] === true,
    args: [...given.filter((_, index) => !own.includes(index)), ...inContext],
    app: values.app === undefined ? ['--app', String(values.output ?? 'cdk.out')] : [],
    profile: values.profile === undefined ? undefined : String(values.profile),
    outputsFile: values['outputs-file'] === undefined ? undefined : resolve(ROOT, String(values['outputs-file'])),
  };
}

/** Outputs by stack; none where the CLI has deployed nothing yet. */
function readOutputs(file: string | undefined): object {
  return file === undefined || !existsSync(file) ? {} : (JSON.parse(readFileSync(file, 'utf8')) as object);
}

/**
 * Says what would fail, deploys all stacks unless the deployment would or something is to be decided, and tells in one
 * sentence when AWS refuses the accelerated one.
 *
 * @param options of cdk deploy, and OWN_OPTIONS
 * @returns the exit code: 0 also when only the accelerator was refused
 * @throws InvalidConfiguration before anything is deployed
 */
export async function deploy(
  options: readonly string[],
  cdk: CdkDeploy = cdkDeploy,
  examination: Examine = examine,
): Promise<number> {
  const { configurationFile, newBuckets, args, app, profile, outputsFile } = readOptions(options);
  const configuration = readConfiguration(configurationFile);
  const names = namesOf(configuration);
  if (profile !== undefined) {
    process.env['AWS_PROFILE'] = profile;
  }
  const findings = await examination(configuration, ROOT);
  for (const line of report(findings, process)) {
    console.log(line);
  }
  if (findings.some(({ verdict }) => verdict === 'deployment' || (verdict === 'choice' && !newBuckets))) {
    console.error('Nothing was deployed.');
    return 1;
  }
  const { serving } = configuration;

  if (serving.profile !== 'elastic-inference') {
    const { succeeded } = await cdk(['--all', ...args], 'shown');
    return succeeded ? 0 : 1;
  }
  const { succeeded } = await cdk(
    [names.storageStack, names.servingStack, names.trainingStack, names.batchStack, names.apiStack, ...args],
    'shown',
  );
  if (!succeeded) {
    return 1;
  }
  const outputs = readOutputs(outputsFile);
  // With --ci, the CLI writes its errors alone to stderr: a diff to approve names the accelerator too.
  const accelerated = await cdk([names.servingAcceleratedStack, '--exclusively', '--ci', ...app, ...args], 'read');
  if (accelerated.succeeded) {
    if (outputsFile !== undefined) {
      const all = { ...outputs, ...readOutputs(outputsFile) };
      writeFileSync(outputsFile, `${JSON.stringify(all, undefined, 2)}\n`);
    }
    return 0;
  }
  if (!isRefusalOfAccelerator(accelerated.errors)) {
    return 1;
  }
  console.log(
    `\nAWS refused the Elastic Inference accelerator (${serving.accelerator}), so the endpoint will serve from the CPU; ` +
      'everything else is deployed.',
  );
  return 0;
}

if (require.main === module) {
  deploy(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      if (!(error instanceof InvalidConfiguration)) {
        throw error;
      }
      console.error(error.message);
      process.exitCode = 1;
    },
  );
}
