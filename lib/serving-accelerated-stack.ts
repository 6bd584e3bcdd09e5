import { CfnOutput, DefaultStackSynthesizer, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Configuration } from './configuration';
import { ConfigurationHash } from './configuration-hash';
import { HostedModel } from './hosted-model';
import { acceleratedServingProfile } from './serving-profile';

export interface ServingAcceleratedStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly servingRole: iam.IRole;
}

/**
 * The endpoint configuration with an Elastic Inference accelerator, alone in a stack that nothing depends on: AWS has
 * closed Elastic Inference to accounts and may refuse this whole template. Then the serving stack's own configuration
 * serves.
 */
export class ServingAcceleratedStack extends Stack {
  constructor(scope: Construct, id: string, { configuration, servingRole, ...props }: ServingAcceleratedStackProps) {
    super(scope, id, {
      ...props,
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    });

    const { hasModel, endpointConfig, properties } = new HostedModel(this, 'HostedModel', {
      ...acceleratedServingProfile(this, configuration),
      executionRole: servingRole,
    });
    new ConfigurationHash(this, properties);
    Validations.of(endpointConfig).acknowledge({
      id: 'CloudFormation-Validate::F3002',
      reason:
        'AcceleratorType has left the public resource schema, but accounts that still have Elastic Inference need it. ' +
        'Where it is refused, only this leaf stack fails and the plain endpoint configuration serves.',
    });

    const output = new CfnOutput(this, 'EndpointConfigName', { value: endpointConfig.attrEndpointConfigName });
    output.condition = hasModel;
  }
}
