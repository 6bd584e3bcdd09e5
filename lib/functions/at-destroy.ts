import { CustomResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { LambdaFunction } from './lambda-function';

/** Has a function asked when its stack is deleted, while what the function needs is still there. */
export class AtDestroy extends CustomResource {
  /** @param lambdaFunction answers by `whenStackIsDeleted` of lambda/shared/custom-resource.ts */
  constructor(scope: Construct, id: string, lambdaFunction: LambdaFunction) {
    super(scope, id, { serviceToken: lambdaFunction.functionArn });
    lambdaFunction.addToRolePolicy(
      new iam.PolicyStatement({
        sid: 'SeeWhetherStackIsDeleted',
        actions: ['cloudformation:DescribeStacks'],
        resources: [Stack.of(this).stackId],
      }),
    );
    // Deleting it needs the permissions, too.
    this.node.addDependency(lambdaFunction);
  }
}
