import type { Template, TemplateResource } from '../../../../local/aws/cloudformation/template';
import type { Application } from './application';

/** The template of a stack in the version before that of what deletes, and in one that fails after it. */
export function versionsOf(application: Application, stackName: string): Record<'before' | 'failing', Template> {
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
