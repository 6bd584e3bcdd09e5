import { creationOrder, dependsOn, references } from './dependencies';
import { ValidationError } from './errors';
import { isObject } from './functions';
import type { Template } from './template';

const deletionPolicies = ['Delete', 'Retain', 'RetainExceptOnCreate'];

const sections = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Conditions',
  'Rules',
  'Resources',
  'Outputs',
];

const resourceAttributes = [
  'Type',
  'Condition',
  'DependsOn',
  'Properties',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
];

const parameterAttributes = [
  'Type',
  'Default',
  'NoEcho',
  'Description',
  'AllowedValues',
  'AllowedPattern',
  'ConstraintDescription',
];

/** The functions that a resource property or an output may use. */
const valueFunctions = [
  'Ref',
  'Fn::GetAtt',
  'Fn::Join',
  'Fn::Sub',
  'Fn::If',
  'Fn::Select',
  'Fn::Split',
  'Fn::ImportValue',
  'Fn::GetStackOutput',
];

/**
 * Parses a template body and checks what can be known without values: its sections, its functions, and that whatever it refers to exists.
 * Throws ValidationError with the path of what is wrong, before anything is created.
 */
export function parseTemplate(body: string): Template {
  let template: Template;
  try {
    template = JSON.parse(body) as Template;
  } catch (error) {
    throw new ValidationError(`Template format error: JSON not well-formed. (${(error as SyntaxError).message})`);
  }
  checkTemplate(template);
  return template;
}

function checkTemplate(template: Template): void {
  const unknown = Object.keys(template).filter((section) => !sections.includes(section));
  if (unknown.length > 0) throw new ValidationError(`Invalid template property or properties [${unknown.join(', ')}]`);
  if (!isObject(template.Resources) || Object.keys(template.Resources).length === 0) {
    throw new ValidationError('Template format error: At least one Resources member must be defined.');
  }
  for (const [name, parameter] of Object.entries(template.Parameters ?? {})) {
    checkAttributes(parameter, parameterAttributes, `Parameters/${name}`);
  }
  const referred = new Set<string>();
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    const path = `Resources/${logicalId}`;
    if (typeof resource.Type !== 'string') {
      throw new ValidationError(`Template format error: [/${path}] Every Resources object must contain a Type member.`);
    }
    checkAttributes(resource, resourceAttributes, path);
    checkCondition(template, resource.Condition, path);
    for (const policy of [resource.DeletionPolicy, resource.UpdateReplacePolicy]) {
      if (policy !== undefined && !deletionPolicies.includes(policy)) {
        throw new ValidationError(
          `Template error: the local CloudFormation does not know the policy ${policy} at ${path}`,
        );
      }
    }
    checkFunctions(template, resource.Properties, `${path}/Properties`);
    for (const id of [...dependsOn(resource), ...references(resource.Properties, () => true)]) referred.add(id);
  }
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    checkCondition(template, output.Condition, `Outputs/${name}`);
    checkFunctions(template, output.Value, `Outputs/${name}/Value`);
    checkFunctions(template, output.Export?.Name, `Outputs/${name}/Export/Name`);
    for (const id of references(output, () => true)) referred.add(id);
  }
  const defined = new Set([...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]);
  const unresolved = [...referred].filter((id) => !defined.has(id)).join(', ');
  if (unresolved !== '') {
    throw new ValidationError(
      `Template format error: Unresolved resource dependencies [${unresolved}] in the Resources block of the template`,
    );
  }
  creationOrder(template, () => true);
}

function checkAttributes(value: object, known: readonly string[], path: string): void {
  const unknown = Object.keys(value).filter((attribute) => !known.includes(attribute));
  if (unknown.length === 0) return;
  throw new ValidationError(
    `Template error: the local CloudFormation does not know the attribute ${unknown.join(', ')} at ${path}`,
  );
}

function checkCondition(template: Template, condition: string | undefined, path: string): void {
  if (condition !== undefined && !Object.hasOwn(template.Conditions ?? {}, condition)) {
    throw new ValidationError(`Template format error: Unresolved condition dependency ${condition} at ${path}`);
  }
}

/** Refuses an unknown function wherever it stands, also in a branch that is not taken. */
function checkFunctions(template: Template, value: unknown, path: string): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      checkFunctions(template, item, `${path}/${index}`);
    });
    return;
  }
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key.startsWith('Fn::') && (!valueFunctions.includes(key) || Object.keys(value).length > 1)) {
      throw new ValidationError(
        `Template error: the local CloudFormation does not know the function ${key} at ${path}`,
      );
    }
    if (key === 'Fn::If' && Array.isArray(inner)) checkCondition(template, String(inner[0]), path);
    checkFunctions(template, inner, `${path}/${key}`);
  }
}
