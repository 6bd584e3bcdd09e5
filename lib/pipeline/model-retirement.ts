import { type CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { STACK_TAG } from '../../lambda/shared/serving-stack';
import type { Names } from '../configuration/names';
import { AtDestroy } from '../functions/at-destroy';
import { LambdaFunction } from '../functions/lambda-function';

export interface ModelRetirementProps {
  readonly names: Names;
  readonly logRetentionDays: RetentionDays;
}

/**
 * Deletes models and endpoint configurations of past deployments, which CloudFormation keeps: all but the newest by its
 * function, which the pipeline runs, and the rest by its custom resource, when the stack is deleted.
 */
export class ModelRetirement extends Construct {
  readonly lambdaFunction: LambdaFunction;
  /** Must be deleted after whatever deploys models, so that none is made after it. */
  readonly customResource: CustomResource;

  constructor(scope: Construct, id: string, { names, logRetentionDays }: ModelRetirementProps) {
    super(scope, id);
    const stackNames = [names.servingStack, names.servingAcceleratedStack];
    const arn = (service: string, resource: string, resourceName: string): string =>
      Stack.of(this).formatArn({ service, resource, resourceName });
    // CloudFormation generates the names of both.
    const made = [arn('sagemaker', 'endpoint-config', '*'), arn('sagemaker', 'model', '*')];

    this.lambdaFunction = new LambdaFunction(this, 'Function', {
      folder: 'retire-models',
      description: 'Deletes models and endpoint configurations of past deployments that nothing refers to.',
      environment: {
        SERVING_STACK_NAME: names.servingStack,
        ACCELERATED_STACK_NAME: names.servingAcceleratedStack,
      },
      timeout: Duration.minutes(15),
      logRetentionDays,
    });
    this.allow('SeeWhatStacksHold', {
      actions: ['cloudformation:DescribeStackResources', 'cloudformation:DescribeStacks'],
      resources: stackNames.map((name) => arn('cloudformation', 'stack', `${name}/*`)),
    });
    this.allow('SeeWhatEndpointUses', {
      actions: ['sagemaker:DescribeEndpoint'],
      resources: names.endpointPatterns.map((name) => arn('sagemaker', 'endpoint', name)),
    });
    this.allow('ListModels', {
      actions: ['sagemaker:ListEndpointConfigs', 'sagemaker:ListModels'],
      // They know no resource.
      resources: ['*'],
    });
    // The tags tell which are the stacks'.
    this.allow('SeeWhoseTheyAre', { actions: ['sagemaker:ListTags'], resources: made });
    this.allow('RetireModels', {
      actions: ['sagemaker:DeleteEndpointConfig', 'sagemaker:DeleteModel', 'sagemaker:DescribeEndpointConfig'],
      resources: made,
      conditions: { StringEquals: { [`aws:ResourceTag/${STACK_TAG}`]: stackNames } },
    });

    this.customResource = new AtDestroy(this, 'AtDestroy', this.lambdaFunction);
  }

  private allow(sid: string, statement: iam.PolicyStatementProps): void {
    this.lambdaFunction.addToRolePolicy(new iam.PolicyStatement({ sid, ...statement }));
  }
}
