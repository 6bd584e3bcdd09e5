import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Names } from '../configuration/names';
import type { ServingConfiguration } from '../configuration/serving-configuration';
import { servingProfile } from '../configuration/serving-profile';

export interface ServingDeploymentRoleProps {
  readonly serving: ServingConfiguration;
  /** The role that models are served under. */
  readonly servingRole: iam.IRole;
  readonly names: Names;
}

/**
 * The role that CloudFormation changes the serving stacks under when the pipeline asks it to. It may do what these
 * stacks hold and nothing else: CDK's own role is an administrator, and whoever may pass that to an update, whose
 * template can be written into the call, is one too.
 */
export class ServingDeploymentRole extends iam.Role {
  constructor(scope: Construct, id: string, props: ServingDeploymentRoleProps) {
    const { serving, servingRole, names } = props;
    super(scope, id, {
      description: 'What CloudFormation may do when the pipeline changes the model in service.',
      assumedBy: new iam.ServicePrincipal('cloudformation.amazonaws.com'),
    });
    const arn = (service: string, resource: string, resourceName: string, arnFormat?: ArnFormat): string =>
      Stack.of(this).formatArn({ service, resource, resourceName, arnFormat });

    this.allow('ChangeEndpoint', {
      actions: [
        'sagemaker:AddTags',
        'sagemaker:CreateEndpoint',
        'sagemaker:DeleteEndpoint',
        'sagemaker:DescribeEndpoint',
        'sagemaker:ListTags',
        'sagemaker:UpdateEndpoint',
        'sagemaker:UpdateEndpointWeightsAndCapacities',
      ],
      resources: names.endpointPatterns.map((name) => arn('sagemaker', 'endpoint', name)),
    });
    this.allow('TellEndpoint', {
      actions: ['ssm:GetParameters', 'ssm:PutParameter'],
      // The parameter's name begins with the slash.
      resources: [arn('ssm', `parameter${names.endpointNameParameter}`, '', ArnFormat.NO_RESOURCE_NAME)],
    });
    this.allow('MakeModels', {
      actions: [
        'sagemaker:AddTags',
        'sagemaker:CreateEndpoint',
        'sagemaker:CreateEndpointConfig',
        'sagemaker:CreateModel',
        'sagemaker:DeleteEndpointConfig',
        'sagemaker:DeleteModel',
        'sagemaker:DescribeEndpointConfig',
        'sagemaker:DescribeModel',
        'sagemaker:ListTags',
        'sagemaker:UpdateEndpoint',
      ],
      // CloudFormation generates the names of both from the ids of the resources alone.
      resources: ['endpoint-config', 'model'].map((resource) => arn('sagemaker', resource, '*')),
    });
    this.allow('PassServingRole', {
      actions: ['iam:PassRole'],
      resources: [servingRole.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
    });
    const { guardrails, scaling } = servingProfile(serving);
    if (guardrails) {
      this.allow('ChangeAlarms', {
        actions: ['cloudwatch:DeleteAlarms', 'cloudwatch:DescribeAlarms', 'cloudwatch:PutMetricAlarm'],
        resources: [arn('cloudwatch', 'alarm', `${names.servingStack}-*`, ArnFormat.COLON_RESOURCE_NAME)],
      });
    }
    if (scaling !== undefined) {
      this.allowScaling();
    }
  }

  /** Application Auto Scaling generates the ids of what it scales, and acts under a role that it makes itself at first. */
  private allowScaling(): void {
    const stack = Stack.of(this);
    this.allow('ChangeScaling', {
      actions: [
        'application-autoscaling:DeleteScalingPolicy',
        'application-autoscaling:DeregisterScalableTarget',
        'application-autoscaling:PutScalingPolicy',
        'application-autoscaling:RegisterScalableTarget',
      ],
      resources: [
        stack.formatArn({ service: 'application-autoscaling', resource: 'scalable-target', resourceName: '*' }),
      ],
    });
    this.allow('DescribeScaling', {
      actions: ['application-autoscaling:DescribeScalableTargets', 'application-autoscaling:DescribeScalingPolicies'],
      // They know no resource.
      resources: ['*'],
    });
    this.allow('LetScalingActByItself', {
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [
        stack.formatArn({
          service: 'iam',
          region: '',
          resource: 'role',
          resourceName:
            'aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint',
        }),
      ],
      conditions: { StringEquals: { 'iam:AWSServiceName': 'sagemaker.application-autoscaling.amazonaws.com' } },
    });
  }

  private allow(sid: string, statement: iam.PolicyStatementProps): void {
    this.addToPolicy(new iam.PolicyStatement({ sid, ...statement }));
  }
}
