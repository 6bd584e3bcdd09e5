import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Names } from '../configuration/names';
import { SageMakerRole } from '../sagemaker/sagemaker-role';
import type { ServingConfiguration } from '../configuration/serving-configuration';
import { servingProfile } from '../configuration/serving-profile';

export interface ServingRoleProps {
  readonly serving: ServingConfiguration;
  readonly names: Names;
  /** The account of AWS's Deep Learning Containers. @default - the one that CDK's region facts name */
  readonly registryAccount?: string;
}

/** The role that models are served under, with what the profile needs. */
export class ServingRole extends SageMakerRole {
  constructor(scope: Construct, id: string, { serving, names, registryAccount }: ServingRoleProps) {
    const profile = servingProfile(serving);
    const isElasticInference = serving.profile === 'elastic-inference';
    super(scope, id, {
      description: 'What the endpoint may do: read its artifact, pull its image, write its log.',
      repositoryNames: [profile.image.repositoryName, ...(isElasticInference ? ['pytorch-inference-eia'] : [])],
      registryAccount,
      logGroupName: `/aws/sagemaker/Endpoints/${names.prefix}-*`,
    });
    if (isElasticInference) {
      this.allowAccelerator();
    }
    if (profile.guardrails) {
      this.allowAlarms(names.servingStack);
    }
    if (profile.vpc !== undefined) {
      this.allowVpc();
    }
  }

  /** As SageMaker's own managed policy has it. */
  private allowAccelerator(): void {
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'ConnectToAccelerator',
        actions: ['elastic-inference:Connect'],
        resources: [
          Stack.of(this).formatArn({
            service: 'elastic-inference',
            resource: 'elastic-inference-accelerator',
            resourceName: '*',
          }),
        ],
      }),
    );
  }

  /** SageMaker reads the alarms that roll an endpoint's update back under the role that serves. */
  private allowAlarms(servingStackName: string): void {
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'ReadAlarmsOfItsUpdates',
        actions: ['cloudwatch:DescribeAlarms'],
        resources: [
          Stack.of(this).formatArn({
            service: 'cloudwatch',
            resource: 'alarm',
            // CloudFormation generates the rest of the name.
            resourceName: `${servingStackName}-*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      }),
    );
  }

  /** What SageMaker needs to put a container into a VPC: https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html */
  private allowVpc(): void {
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'JoinVpc',
        actions: [
          'ec2:CreateNetworkInterface',
          'ec2:CreateNetworkInterfacePermission',
          'ec2:DeleteNetworkInterface',
          'ec2:DeleteNetworkInterfacePermission',
          'ec2:DescribeDhcpOptions',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeVpcs',
        ],
        // Network interfaces that do not exist yet have no name, and the Describe actions know no resource.
        resources: ['*'],
      }),
    );
  }
}
