import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ContainerImage } from './container-image';

export interface SageMakerRoleProps {
  readonly description: string;
  /** The repositories of AWS's Deep Learning Containers that may be pulled from. */
  readonly repositoryNames: readonly string[];
  /** @default - the account that CDK's region facts name */
  readonly registryAccount?: string;
  /** The log groups that SageMaker writes to under this role, as an ARN's last part. */
  readonly logGroupName: string;
}

/** A role for SageMaker to run a container with: pull the image, write logs and metrics, nothing else until granted. */
export class SageMakerRole extends iam.Role {
  constructor(scope: Construct, id: string, props: SageMakerRoleProps) {
    super(scope, id, {
      description: props.description,
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com', {
        // The confused deputy: only this account's own jobs and endpoints.
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
      }),
    });
    const logGroupArn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: props.logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'WriteLog',
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [logGroupArn, `${logGroupArn}:log-stream:*`],
      }),
    );
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'PutMetrics',
        // This action knows no resource; the namespaces below are SageMaker's own.
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringLike: { 'cloudwatch:namespace': '/aws/sagemaker/*' } },
      }),
    );
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'LogInToRegistry',
        // This action knows no resource.
        actions: ['ecr:GetAuthorizationToken'],
        resources: ['*'],
      }),
    );
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'PullImage',
        actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        resources: props.repositoryNames.map(
          (repositoryName) =>
            new ContainerImage(this, { repositoryName, tag: 'any', registryAccount: props.registryAccount })
              .repositoryArn,
        ),
      }),
    );
  }
}
