import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { REFUSED_METRIC } from '../../lambda/shared/accelerator-refusal';
import { ContainerImage } from '../sagemaker/container-image';
import { LambdaFunction } from '../functions/lambda-function';
import type { Names } from '../configuration/names';
import type { ServingConfiguration } from '../configuration/serving-configuration';
import { acceleratedServingProfile } from '../configuration/serving-profile';

export interface AcceleratorFunctionsProps {
  readonly serving: Extract<ServingConfiguration, { readonly profile: 'elastic-inference' }>;
  readonly names: Names;
  /** The role that the accelerated model would run under. */
  readonly servingRole: iam.IRole;
  /** The account of AWS's Deep Learning Containers. @default - the one that CDK's region facts name */
  readonly registryAccount?: string;
  readonly logRetentionDays: RetentionDays;
}

/** The functions of the states that try an accelerator. */
export class AcceleratorFunctions extends Construct {
  readonly probe: LambdaFunction;
  readonly fallBack: LambdaFunction;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AcceleratorFunctionsProps,
  ) {
    super(scope, id);
    const { serving, names, servingRole, logRetentionDays } = props;
    const stack = Stack.of(this);

    const { image } = acceleratedServingProfile(serving, serving.accelerator);
    const namePrefix = `${names.prefix}-probe`;
    this.probe = new LambdaFunction(this, 'ProbeAccelerator', {
      folder: 'probe-accelerator',
      description: 'Asks SageMaker, for free, whether the account may use the accelerator.',
      environment: {
        NAME_PREFIX: namePrefix,
        EXECUTION_ROLE_ARN: servingRole.roleArn,
        IMAGE_URI: new ContainerImage(this, { ...image, registryAccount: props.registryAccount }).uri,
        INSTANCE_TYPE: serving.instanceType,
      },
      timeout: Duration.minutes(1),
      logRetentionDays,
    });
    this.probe.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'CreateAndDelete',
        actions: [
          'sagemaker:CreateEndpointConfig',
          'sagemaker:CreateModel',
          'sagemaker:DeleteEndpointConfig',
          'sagemaker:DeleteModel',
        ],
        resources: ['endpoint-config', 'model'].map((resource) =>
          stack.formatArn({ service: 'sagemaker', resource, resourceName: `${namePrefix}-*` }),
        ),
      }),
    );
    this.probe.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'PassServingRole',
        actions: ['iam:PassRole'],
        resources: [servingRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    );

    this.fallBack = new LambdaFunction(this, 'FallBack', {
      folder: 'fall-back',
      description: "Tells AWS's refusal of the accelerator from other failures, and counts it.",
      environment: {
        ACCELERATED_STACK_NAME: names.servingAcceleratedStack,
        METRIC_NAMESPACE: names.prefix,
      },
      logRetentionDays,
    });
  }

  /** How many executions AWS refused the accelerator to. @default - the sum over 5 minutes */
  metricAcceleratorRefused(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: this.props.names.prefix,
      metricName: REFUSED_METRIC,
      statistic: cloudwatch.Stats.SUM,
      ...props,
    });
  }
}
