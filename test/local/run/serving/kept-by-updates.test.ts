import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deployStack } from '../../../../local/aws/cloudformation/deploy-stack';
import { Application } from './application';
import { versionsOf } from './versions';

/*
 * What goes with the stacks goes with nothing else: the resource that deletes it is itself deleted when the update that
 * adds it is rolled back, and by an update to a version that does not have it.
 */
jest.setTimeout(180_000);

let application: Application;
beforeEach(async () => {
  application = await Application.open({}, 'refused');
  await application.deploy();
});
afterEach(() => application.close());

/** Of each stack, what is asked when it is deleted. */
const atDestroy = {
  trainingStack: [/^PipelineStateMachineExecutionStopAtDestroy/, /^ModelRetirementAtDestroy/],
  storageStack: [/AtDestroy/],
};

it.each(['trainingStack', 'storageStack'] as const)(
  'logs and models outlive versions of the %s without what deletes them, and not the stacks',
  async (stack) => {
    for (const name of ['first', 'second']) {
      await application.execute({ modelDataUrl: await application.artifact(name) });
    }
    const made = await application.made();
    expect(made).toEqual({ models: 2, endpointConfigs: 2 });
    const log = join(application.folder, 'state', 'training', `classifier-dev-${randomUUID()}`, 'algo-1.log');
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, 'a line\n');

    const stackName = application.names[stack];
    const { before, failing } = versionsOf(application, stackName);
    await deployStack(application.cloud.stacks, stackName, before);
    await expect(deployStack(application.cloud.stacks, stackName, failing)).rejects.toThrow(
      /UPDATE_ROLLBACK_COMPLETE: Taken .* already exists/,
    );
    const { events } = application.cloud.stacks.require(stackName);
    const deletions = events.filter(
      ({ type, status }) => type === 'AWS::CloudFormation::CustomResource' && status === 'DELETE_COMPLETE',
    );
    expect(deletions.map(({ logicalId }) => logicalId)).toEqual(
      [...atDestroy[stack], ...atDestroy[stack]].map((id) => expect.stringMatching(id) as unknown),
    );
    expect(existsSync(log)).toBe(true);
    expect(await application.made()).toEqual(made);

    await application.deploy();
    await application.destroy();
    expect(existsSync(log)).toBe(false);
    expect(await application.made()).toEqual({ models: 0, endpointConfigs: 0 });
  },
);
