/*
 * `npm run deploy [-- options of cdk deploy]`: deploys everything but the accelerated stack, then tries that one. AWS has
 * closed Elastic Inference to accounts, and its refusal of that leaf stack must not fail a deployment that works
 * without it.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readConfiguration } from '../lib/configuration';
import { namesOf } from '../lib/names';

const ROOT = join(__dirname, '..');
const CDK = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

interface Result {
  readonly succeeded: boolean;
  /** What it wrote to both streams. */
  readonly output: string;
}

function cdkDeploy(args: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CDK, 'deploy', ...args], { cwd: ROOT, stdio: ['inherit', 'pipe', 'pipe'] });
    let output = '';
    for (const [source, target] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      source.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        target.write(chunk);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ succeeded: code === 0, output });
    });
  });
}

/** Only a message that names the accelerator is a refusal; a quota or a missing right is a failure like any other. */
export function isRefusalOfAccelerator(output: string): boolean {
  return /AcceleratorType|elastic[ -]?inference|\bml\.eia\d/i.test(output);
}

function configurationFile(args: readonly string[]): string {
  const given = args
    .map((argument) => /(?:^|=)configuration=(.+)$/.exec(argument)?.[1])
    .find((file) => file !== undefined);
  return given ?? join(ROOT, 'configuration.json');
}

async function deploy(args: readonly string[]): Promise<number> {
  const configuration = readConfiguration(configurationFile(args));
  const names = namesOf(configuration);
  const stacks = [names.storageStack, names.servingStack, names.trainingStack, names.apiStack];

  const { succeeded } = await cdkDeploy([...stacks, ...args]);
  if (!succeeded) {
    return 1;
  }
  if (configuration.serving.accelerator === 'none') {
    return 0;
  }
  const accelerated = await cdkDeploy([names.servingAcceleratedStack, '--exclusively', ...args]);
  if (accelerated.succeeded) {
    return 0;
  }
  if (isRefusalOfAccelerator(accelerated.output)) {
    console.log(
      `\nAWS refused the Elastic Inference accelerator (${configuration.serving.accelerator}), so the endpoint will serve ` +
        'from the CPU; everything else is deployed.',
    );
    return 0;
  }
  return 1;
}

if (require.main === module) {
  void deploy(process.argv.slice(2)).then((code) => {
    process.exitCode = code;
  });
}
