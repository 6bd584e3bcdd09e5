import { randomBytes } from 'node:crypto';
import type { PropertyTable, Provisioned, ResolvedResource, ResourceProvider } from './provider';

/** How a type's resources are named, and what they answer to `Ref` and `Fn::GetAtt`. */
export interface Identity {
  /** The property that names the resource. @default none: a name is generated */
  readonly name?: string;
  /** What `Ref` answers. @default the name */
  readonly ref?: (name: string) => string;
  /** @default none */
  readonly attributes?: (name: string) => Readonly<Record<string, unknown>>;
}

/** Where a record keeps the resource's name; no attribute of AWS's is called so. */
const recordedName = '(name)';

/**
 * Keeps a record of resources, and no more: `Ref` and `Fn::GetAtt` answer as AWS's would. A resource is replaced when the property that
 * names it changes.
 *
 * @param check throws for properties that whoever reads the record could not carry out
 */
export function recordingProvider(
  properties: PropertyTable,
  { name: nameProperty, ref, attributes }: Identity,
  check: (resource: ResolvedResource) => void = () => undefined,
): ResourceProvider {
  const record = async (resource: ResolvedResource, previous?: unknown): Promise<Provisioned> => {
    check(resource);
    const name = (resource.properties[nameProperty ?? ''] ?? previous ?? generatedName(resource)) as string;
    return Promise.resolve({
      physicalId: ref?.(name) ?? name,
      attributes: { ...attributes?.(name), [recordedName]: name },
    });
  };
  return {
    properties,
    create: (resource) => record(resource),
    update: (resource, current) => record(resource, current.attributes[recordedName]),
    delete: () => Promise.resolve(),
  };
}

/** A type with a generated id, which `Ref` and the attribute both answer. */
export function identified(attribute: string): Identity {
  return { attributes: (id) => ({ [attribute]: id }) };
}

/** `STACK-LOGICALID-RANDOM`, at most 63 characters, as CloudFormation names what the template leaves unnamed. */
function generatedName({ stackName, logicalId }: ResolvedResource): string {
  const random = randomBytes(6).toString('hex').toUpperCase();
  return `${stackName.slice(0, 24)}-${logicalId.slice(0, 24)}-${random}`;
}
