import { Stack, type StackProps, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * A stack without resources: `cdk deploy` deletes it where an earlier configuration has left it, and `cdk destroy` knows
 * it. A stack that is no longer in the application would stay, and keep what it uses from going.
 */
export class AbsentStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    // What the CDK may tell AWS of an app is a resource, too.
    super(scope, id, { ...props, analyticsReporting: false });
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::F0001',
      reason: 'A template without resources never reaches CloudFormation: the CDK CLI deletes the stack instead.',
    });
  }
}
