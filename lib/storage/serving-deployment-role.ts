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
    const arn = (service: string, resource: string, resourceName?: string, arnFormat?: ArnFormat): string =>
      Stack.of(this).formatArn({ service, resource, resourceName, arnFormat });
    const alarm = (name: string): string => arn('cloudwatch', 'alarm', name, ArnFormat.COLON_RESOURCE_NAME);

    this.allow('ChangeEndpoint', {
      actions: [
        'sagemaker:AddTags',
        'sagemaker:CreateEndpoint',
        'sagemaker:DeleteEndpoint',
        'sagemaker:DeleteTags',
        'sagemaker:DescribeEndpoint',
        'sagemaker:ListTags',
        'sagemaker:UpdateEndpoint',
        'sagemaker:UpdateEndpointWeightsAndCapacities',
      ],
      resources: names.endpointPatterns.map((name) => arn('sagemaker', 'endpoint', name)),
    });
    this.allow('TellEndpoint', {
      actions: [
        // CloudFormation tags a parameter with the stack that it is of, whether it has other tags or none.
        'ssm:AddTagsToResource',
        // It keeps the role for the next operation that names none, which may be to delete the stack.
        'ssm:DeleteParameter',
        'ssm:GetParameters',
        'ssm:PutParameter',
        'ssm:RemoveTagsFromResource',
      ],
      // The parameter's name begins with the slash, and none may follow it: any name of a resource, even '', brings one.
      resources: [arn('ssm', `parameter${names.endpointNameParameter}`, undefined, ArnFormat.NO_RESOURCE_NAME)],
    });
    this.allow('MakeModels', {
      actions: [
        'sagemaker:AddTags',
        'sagemaker:CreateEndpoint',
        'sagemaker:CreateEndpointConfig',
        'sagemaker:CreateModel',
        'sagemaker:DeleteEndpointConfig',
        'sagemaker:DeleteModel',
        'sagemaker:DeleteTags',
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
        actions: [
          'cloudwatch:DeleteAlarms',
          'cloudwatch:DescribeAlarms',
          'cloudwatch:ListTagsForResource',
          'cloudwatch:PutMetricAlarm',
          'cloudwatch:TagResource',
          'cloudwatch:UntagResource',
        ],
        resources: [alarm(`${names.servingStack}-*`)],
      });
    }
    if (scaling !== undefined) {
      this.allowScaling();
      this.allow('ChangeAlarmsOfScaling', {
        // Application Auto Scaling asks them of whoever gives it a policy, for the alarms that it makes itself.
        actions: ['cloudwatch:DeleteAlarms', 'cloudwatch:DescribeAlarms', 'cloudwatch:PutMetricAlarm'],
        resources: names.endpointPatterns.map((name) => alarm(`TargetTracking-endpoint/${name}/variant/*`)),
      });
    }
  }

  /** Application Auto Scaling generates the ids of what it scales, and acts under a role that it makes itself at first. */
  private allowScaling(): void {
    const stack = Stack.of(this);
    this.allow('ChangeScaling', {
      actions: [
        'application-autoscaling:DeleteScalingPolicy',
        'application-autoscaling:DeregisterScalableTarget',
        'application-autoscaling:ListTagsForResource',
        'application-autoscaling:PutScalingPolicy',
        'application-autoscaling:RegisterScalableTarget',
        'application-autoscaling:TagResource',
        'application-autoscaling:UntagResource',
      ],
      resources: [
        stack.formatArn({ service: 'application-autoscaling', resource: 'scalable-target', resourceName: '*' }),
      ],
    });
    this.allow('DescribeScaling', {
      actions: [
        'application-autoscaling:DescribeScalableTargets',
        'application-autoscaling:DescribeScalingPolicies',
        // There are none, and CloudFormation looks for them whenever it reads a target.
        'application-autoscaling:DescribeScheduledActions',
      ],
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
