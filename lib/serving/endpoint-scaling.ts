import type { CfnCondition } from 'aws-cdk-lib';
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { CfnEndpoint } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { VARIANT_NAME } from './hosted-model';
import type { ScalingLimits } from '../configuration/serving-profile';

export interface EndpointScalingProps extends ScalingLimits {
  readonly endpoint: CfnEndpoint;
  readonly endpointName: string;
  /** Scaling is there only under this condition, as the endpoint is. */
  readonly condition: CfnCondition;
}

/**
 * Keeps the load of an endpoint's instances near a target by changing their number.
 *
 * In the service's own resources, for CDK's construct makes a role, and the serving stack must have no IAM resource.
 */
export class EndpointScaling extends Construct {
  constructor(scope: Construct, id: string, props: EndpointScalingProps) {
    super(scope, id);
    const target = new CfnScalableTarget(this, 'Target', {
      serviceNamespace: 'sagemaker',
      scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      resourceId: `endpoint/${props.endpointName}/variant/${VARIANT_NAME}`,
      minCapacity: props.minInstanceCount,
      maxCapacity: props.maxInstanceCount,
    });
    target.addResourceDependency(props.endpoint);
    const policy = new CfnScalingPolicy(this, 'Policy', {
      policyName: `${props.endpointName}-load`,
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
        targetValue: props.invocationsPerInstance,
      },
    });
    for (const resource of [target, policy]) {
      resource.cfnOptions.condition = props.condition;
    }
  }
}
