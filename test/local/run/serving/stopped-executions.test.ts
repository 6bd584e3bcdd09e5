import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployStack } from '../../../../local/aws/cloudformation/deploy-stack';
import type { Execution } from '../../../../local/aws/step-functions/state-machines';
import { processesIn } from '../command-line';
import { PYTHON } from '../whole-path/local-run';
import { Application } from './application';
import { versionsOf } from './versions';

/*
 * `cdk destroy` while a job runs: CloudFormation deletes a state machine when its executions have ended, and so they are
 * stopped before, with their jobs; by nothing else than the deletion of their stack.
 */
jest.setTimeout(180_000);

/** Jobs that take longer than any test. */
const SLEEPS = `#!${PYTHON}\nimport time\nprint("sleeps", flush=True)\ntime.sleep(600)\n`;

let bin: string;
let application: Application;
beforeEach(async () => {
  bin = mkdtempSync(join(tmpdir(), 'sleeps-'));
  for (const program of ['python', 'torchrun']) writeFileSync(join(bin, program), SLEEPS, { mode: 0o755 });
  application = await Application.open({}, 'refused', join(bin, 'python'));
  await application.deploy();
});
afterEach(async () => {
  await application.close();
  rmSync(bin, { recursive: true });
});

/** An execution whose job has begun. */
async function begun(execution: Execution): Promise<Execution> {
  while (processesIn(bin).length === 0 && execution.ended === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(execution.ended).toBeUndefined();
  return execution;
}

async function train(): Promise<Execution> {
  const data = application.output('DataBucketName');
  const rows = Array.from({ length: 60 }, (_, row) => `the ${row % 2 ? 'cat' : 'dog'} sleeps ${row},${row % 2}`);
  await application.cloud.objects.put(data, 'sentences.csv', ['text,label', ...rows, ''].join('\n'));
  await application.cloud.objects.put(data, 'base/config.json', '{"model_type": "bert", "vocab_size": 8}');
  const dataset = { source: `s3://${data}/sentences.csv`, textColumn: 'text', labelColumn: 'label' };
  const training = { baseModel: `s3://${data}/base` };
  return begun(application.cloud.start('StateMachineArn', { dataset, training }));
}

async function classify(): Promise<Execution> {
  const data = application.output('DataBucketName');
  const modelDataUrl = await application.artifact('first');
  const record = { modelDataUrl, serving: { accelerator: 'none', modelDataUrl, reason: null } };
  await application.cloud.objects.put(
    application.output('ArtifactsBucketName'),
    'in-service.json',
    JSON.stringify(record),
  );
  await application.cloud.objects.put(data, 'mails/0.csv', 'text\nsome text\n');
  const input = { input: `s3://${data}/mails/`, output: `s3://${data}/out` };
  return begun(application.cloud.start('BatchStateMachineArn', input));
}

it.each([
  ['training', train],
  ['batch', classify],
])('a %s that runs is stopped when the stacks are deleted, and its job with it', async (_, start) => {
  const { end } = await start();
  await application.destroy();
  await expect(end).resolves.toMatchObject({ status: 'ABORTED', error: 'StackDeleted' });
  expect(processesIn(bin)).toEqual([]);
  expect(application.liveStacks()).toEqual({});
});

it('goes on when its stack is updated, or such an update is rolled back', async () => {
  const execution = await train();
  const { trainingStack } = application.names;
  const { before, failing } = versionsOf(application, trainingStack);
  await deployStack(application.cloud.stacks, trainingStack, before);
  await expect(deployStack(application.cloud.stacks, trainingStack, failing)).rejects.toThrow(
    'UPDATE_ROLLBACK_COMPLETE',
  );
  await application.deploy();
  expect(execution.ended).toBeUndefined();
  expect(processesIn(bin)).not.toEqual([]);
});
