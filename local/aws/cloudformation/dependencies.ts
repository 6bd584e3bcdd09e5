import { ValidationError } from './errors';
import { getAttTarget, isObject, singleEntry, subArguments, subNames } from './functions';
import type { Template, TemplateResource } from './template';

/**
 * The logical ids that a value refers to by Ref, GetAtt and Sub (parameters included, pseudo parameters not). Of an `Fn::If` only the
 * branches that `branch` admits are followed.
 */
export function references(value: unknown, branch: (condition: string, taken: boolean) => boolean): Set<string> {
  const found = new Set<string>();
  const add = (id: string) => {
    if (!id.startsWith('AWS::')) found.add(id);
  };
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) {
      node.forEach(walk);
    } else if (isObject(node)) {
      const call = singleEntry(node);
      if (call?.name === 'Ref') add(String(call.argument));
      else if (call?.name === 'Fn::GetAtt') {
        add(getAttTarget(call.argument).logicalId);
        walk(call.argument);
      } else if (call?.name === 'Fn::Sub') {
        const [text, variables] = subArguments(call.argument);
        for (const name of subNames(text)) if (!(name in variables)) add(name.split('.', 1)[0] ?? name);
        walk(Object.values(variables));
      } else if (call?.name === 'Fn::If' && Array.isArray(call.argument)) {
        const [condition, yes, no] = call.argument as [string, unknown, unknown];
        if (branch(condition, true)) walk(yes);
        if (branch(condition, false)) walk(no);
      } else Object.values(node).forEach(walk);
    }
  };
  walk(value);
  return found;
}

/** The ids in DependsOn. */
export function dependsOn(resource: TemplateResource): readonly string[] {
  return typeof resource.DependsOn === 'string' ? [resource.DependsOn] : (resource.DependsOn ?? []);
}

/**
 * The live resources (those whose condition holds), each after what it depends on, otherwise in the template's order, with the live
 * resources that each depends on. Throws ValidationError for a cycle, naming its members.
 */
export function creationOrder(
  template: Template,
  holds: (condition: string) => boolean,
): Map<string, readonly string[]> {
  const live = (id: string) => {
    const resource = template.Resources[id];
    return resource !== undefined && (resource.Condition === undefined || holds(resource.Condition));
  };
  const order = new Map<string, readonly string[]>();
  const visit = (id: string, trail: readonly string[]): void => {
    if (order.has(id)) return;
    if (trail.includes(id)) {
      const members = trail.slice(trail.indexOf(id)).join(', ');
      throw new ValidationError(`Circular dependency between resources: [${members}]`);
    }
    const resource = template.Resources[id];
    if (!resource) return;
    const referred = liveReferences(template, resource.Properties, holds);
    const dependencies = [...new Set([...dependsOn(resource), ...referred])].filter(live);
    for (const dependency of dependencies) visit(dependency, [...trail, id]);
    order.set(id, dependencies);
  };
  for (const id of Object.keys(template.Resources)) if (live(id)) visit(id, []);
  return order;
}

/**
 * The resources that a value refers to under these conditions. Throws ValidationError for one that does not exist because its own
 * condition is false.
 */
export function liveReferences(
  template: Template,
  value: unknown,
  holds: (condition: string) => boolean,
): readonly string[] {
  const referred = [...references(value, (condition, taken) => holds(condition) === taken)];
  const resources = referred.filter((id) => Object.hasOwn(template.Resources, id));
  const absent = resources.filter((id) => {
    const condition = template.Resources[id]?.Condition;
    return condition !== undefined && !holds(condition);
  });
  if (absent.length > 0) {
    throw new ValidationError(
      `Template format error: Unresolved resource dependencies [${absent.join(', ')}] in the Resources block of the template`,
    );
  }
  return resources;
}
