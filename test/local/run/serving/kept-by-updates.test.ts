import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deployStack } from '../../../../local/aws/cloudformation/deploy-stack';
import type { Template, TemplateResource } from '../../../../local/aws/cloudformation/template';
import { Application } from './application';

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

/** The template of a stack in the version before that of what deletes, and in one that fails after it. */
function versionsOf(stackName: string): Record<'before' | 'failing', Template> {
  const { templateBody } = application.cloud.stacks.require(stackName).content;
  const template = JSON.parse(templateBody) as Template;
  const isAtDestroy = (id: string): boolean => template.Resources[id]?.Type === 'AWS::CloudFormation::CustomResource';
  const without = ({ DependsOn = [], ...resource }: TemplateResource): TemplateResource => ({
    ...resource,
    DependsOn: [DependsOn].flat().filter((id) => !isAtDestroy(id)),
  });
  const others = Object.entries(template.Resources).filter(([id]) => !isAtDestroy(id));
  const taken: TemplateResource = {
    Type: 'AWS::S3::Bucket',
    Properties: { BucketName: application.output('DataBucketName') },
    DependsOn: Object.keys(template.Resources).filter(isAtDestroy),
  };
  return {
    before: { ...template, Resources: Object.fromEntries(others.map(([id, resource]) => [id, without(resource)])) },
    failing: { ...template, Resources: { ...template.Resources, Taken: taken } },
  };
}

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
    const { before, failing } = versionsOf(stackName);
    await deployStack(application.cloud.stacks, stackName, before);
    await expect(deployStack(application.cloud.stacks, stackName, failing)).rejects.toThrow(
      /UPDATE_ROLLBACK_COMPLETE: Taken .* already exists/,
    );
    const { events } = application.cloud.stacks.require(stackName);
    const deletions = events.filter(
      ({ type, status }) => type === 'AWS::CloudFormation::CustomResource' && status === 'DELETE_COMPLETE',
    );
    expect(deletions).toHaveLength(2);
    expect(existsSync(log)).toBe(true);
    expect(await application.made()).toEqual(made);

    await application.deploy();
    await application.destroy();
    expect(existsSync(log)).toBe(false);
    expect(await application.made()).toEqual({ models: 0, endpointConfigs: 0 });
  },
);
