import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { account, region } from '../account';
import {
  parseProperties,
  type Provisioned,
  type ResolvedResource,
  type ResourceProvider,
} from '../cloudformation/provider';
import type { Hosting } from '../sagemaker/hosting';

/** The one kind of target that is known here: the instances of an endpoint's variant. */
const NAMESPACE = 'sagemaker';
const DIMENSION = 'sagemaker:variant:DesiredInstanceCount';

const NO_SCALING = 'nothing is measured, and one model server answers, whatever its load';

// CloudFormation's templates may have numbers as strings.
const capacity = v.pipe(v.unknown(), v.transform(Number), v.integer(), v.minValue(0));

const scalableTarget = v.object({
  ServiceNamespace: v.literal(NAMESPACE),
  ScalableDimension: v.literal(DIMENSION),
  ResourceId: v.pipe(v.string(), v.regex(/^endpoint\/[\w-]+\/variant\/[\w-]+$/)),
  MinCapacity: capacity,
  MaxCapacity: capacity,
});

const scalingPolicy = v.object({
  ScalingTargetId: v.string(),
  PolicyName: v.string(),
});

/**
 * AWS::ApplicationAutoScaling::ScalableTarget, for an endpoint's variant. `Ref` is `RESOURCE|DIMENSION|NAMESPACE`; another resource is a
 * replacement. Nothing scales here, but SageMaker refuses some updates of an endpoint while a variant of it is registered.
 */
export class ScalableTargetProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: ['ResourceId', 'ScalableDimension', 'ServiceNamespace'],
    recorded: {
      MaxCapacity: NO_SCALING,
      MinCapacity: NO_SCALING,
      RoleARN: 'whoever runs this machine may do everything',
    },
  };

  /** @param targets the resource ids of what is registered, which Hosting looks at */
  constructor(
    private readonly targets: Set<string>,
    private readonly hosting: Pick<Hosting, 'describeEndpoint' | 'variantOf'>,
  ) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const { ResourceId, MinCapacity, MaxCapacity } = parseProperties(scalableTarget, resource);
    if (MinCapacity > MaxCapacity) {
      throw new Error(`Maximum capacity cannot be less than minimum capacity: ${MaxCapacity} < ${MinCapacity}`);
    }
    const [, endpointName = '', , variantName] = ResourceId.split('/');
    const variant = await this.hosting.variantOf(await this.hosting.describeEndpoint(endpointName));
    if (variant.VariantName !== variantName || variant.InstanceType === undefined) {
      throw new Error(`${ResourceId} has no instances that ${DIMENSION} could scale`);
    }
    this.targets.add(ResourceId);
    return { physicalId: `${ResourceId}|${DIMENSION}|${NAMESPACE}`, attributes: {} };
  }

  update(resource: ResolvedResource): Promise<Provisioned> {
    return this.create(resource);
  }

  delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    this.targets.delete(resourceId(current.physicalId));
    return Promise.resolve();
  }

  resume(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    this.targets.add(resourceId(current.physicalId));
    return Promise.resolve();
  }
}

/** AWS::ApplicationAutoScaling::ScalingPolicy of a registered target. `Ref` is its ARN. */
export class ScalingPolicyProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: Object.keys(scalingPolicy.entries),
    recorded: { PolicyType: NO_SCALING, TargetTrackingScalingPolicyConfiguration: NO_SCALING },
  };

  constructor(private readonly targets: ReadonlySet<string>) {}

  create(resource: ResolvedResource): Promise<Provisioned> {
    const { ScalingTargetId, PolicyName } = parseProperties(scalingPolicy, resource);
    if (!this.targets.has(resourceId(ScalingTargetId))) {
      return Promise.reject(new Error(`No scalable target registered for ${ScalingTargetId}`));
    }
    const Arn = `arn:aws:autoscaling:${region}:${account}:scalingPolicy:${randomUUID()}:resource/${NAMESPACE}/${resourceId(ScalingTargetId)}:policyName/${PolicyName}`;
    return Promise.resolve({ physicalId: Arn, attributes: { Arn } });
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    const made = await this.create(resource);
    const place = ({ physicalId }: Provisioned) => physicalId.replace(/^.*:resource\//, '');
    return place(made) === place(current) ? current : made;
  }

  /** It goes with its target, too. */
  delete(): Promise<void> {
    return Promise.resolve();
  }
}

/** The resource of `RESOURCE|DIMENSION|NAMESPACE`. */
function resourceId(scalingTargetId: string): string {
  return scalingTargetId.replace(/\|.*$/, '');
}
