import { createHash } from 'node:crypto';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * An output with the hash of what resources are made from, so that each change of them is a change of the stack.
 *
 * Without it, CloudFormation takes a change inside resources whose condition is false for no change at all, keeps the
 * old template while the CLI reports success, and the next UsePreviousTemplate deploys the old configuration.
 */
export class ConfigurationHash extends CfnOutput {
  /** @param properties of the resources, with whatever references they hold */
  constructor(scope: Construct, properties: unknown) {
    super(scope, 'ConfigurationHash', {
      description: 'Of the resources that are there only while a model is in service, so that each change counts.',
      value: createHash('sha256')
        .update(JSON.stringify(Stack.of(scope).resolve(properties)))
        .digest('hex'),
    });
  }
}
