import * as v from 'valibot';

/** A resource of a stack with every intrinsic function of its properties resolved to a plain value. */
export interface ResolvedResource {
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** The CloudFormation type, for example `AWS::SageMaker::Endpoint`. */
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A resource that exists: `physicalId` is what `Ref` answers, `attributes` are what `Fn::GetAtt` answers. */
export interface Provisioned {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What becomes of the properties of a type here. A template that gives a resource any other property is refused. */
export interface PropertyTable {
  readonly carriedOut: readonly string[];
  /** Kept and without effect: the reason by property. */
  readonly recorded: Readonly<Record<string, string>>;
}

/**
 * Creates, changes and deletes the resources of one CloudFormation type.
 * A provider signals failure by throwing an Error: its message becomes the resource's status reason, and the stack rolls back.
 */
export interface ResourceProvider {
  readonly properties: PropertyTable;
  create(resource: ResolvedResource): Promise<Provisioned>;
  /** Changes in place, or creates a replacement under a new physicalId (the engine then deletes the old one unless UpdateReplacePolicy retains it). */
  update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned>;
  delete(resource: ResolvedResource, current: Provisioned): Promise<void>;
  /** Brings a resource of an earlier process back to life (second start): a Lambda registered again, an endpoint's server started again. */
  resume?(resource: ResolvedResource, current: Provisioned): Promise<void>;
}

/** The properties that a schema names. Throws an Error that names the resource and the first property that is wrong. */
export function parseProperties<Schema extends v.GenericSchema>(
  schema: Schema,
  { type, properties }: ResolvedResource,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, properties);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`the local ${type} cannot take its ${v.getDotPath(issue) ?? 'properties'}: ${issue.message}`);
}
