/** A resource of a stack with every intrinsic function of its properties resolved to a plain value. */
export interface ResolvedResource {
  readonly stackName: string;
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

/**
 * Creates, changes and deletes the resources of one CloudFormation type.
 * A provider signals failure by throwing an Error: its message becomes the resource's status reason, and the stack rolls back.
 */
export interface ResourceProvider {
  create(resource: ResolvedResource): Promise<Provisioned>;
  /** Changes in place, or creates a replacement under a new physicalId (the engine then deletes the old one unless UpdateReplacePolicy retains it). */
  update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned>;
  delete(resource: ResolvedResource, current: Provisioned): Promise<void>;
  /** Brings a resource of an earlier process back to life (second start): a Lambda registered again, an endpoint's server started again. */
  resume?(resource: ResolvedResource, current: Provisioned): Promise<void>;
}
