import { ValidationError } from './errors';
import type { ResourceProvider } from './provider';
import type { Template } from './template';

/**
 * Refuses what would only seem to succeed: a type without a stand-in, and a property that its stand-in neither carries out nor records.
 * Throws ValidationError, before anything is created.
 */
export function checkResourceTypes(template: Template, providers: Readonly<Record<string, ResourceProvider>>): void {
  const resources = Object.entries(template.Resources);
  const unknown = new Set(resources.map(([, { Type }]) => Type).filter((type) => !Object.hasOwn(providers, type)));
  if (unknown.size > 0) {
    throw new ValidationError(
      `Template format error: Unrecognized resource types: [${[...unknown].join(', ')}]: the local cloud has no stand-in for them`,
    );
  }
  for (const [logicalId, { Type, Properties = {} }] of resources) {
    const { carriedOut = [], recorded = {} } = providers[Type]?.properties ?? {};
    const property = Object.keys(Properties).find(
      (name) => !carriedOut.includes(name) && !Object.hasOwn(recorded, name),
    );
    if (property === undefined) continue;
    throw new ValidationError(
      `Encountered unsupported property ${property} at Resources/${logicalId}/Properties: ` +
        `the local ${Type} neither carries it out nor records it`,
    );
  }
}
