import { CfnOutput, CfnParameter, DefaultStackSynthesizer, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ACCELERATORS } from '../../lambda/shared/execution-input';
import { ConfigurationHash } from './configuration-hash';
import { HostedModel } from './hosted-model';
import type { ServingConfiguration } from '../configuration/serving-configuration';
import { acceleratedServingProfile } from '../configuration/serving-profile';

export interface ServingAcceleratedStackProps extends StackProps {
  readonly serving: Extract<ServingConfiguration, { readonly profile: 'elastic-inference' }>;
  /** The account of AWS's Deep Learning Containers. @default - the one that CDK's region facts name */
  readonly registryAccount?: string;
  readonly servingRole: iam.IRole;
}

/**
 * The endpoint configuration with an Elastic Inference accelerator, alone in a stack that nothing depends on: AWS has
 * closed Elastic Inference to accounts and may refuse this whole template. Then the serving stack's own configuration
 * serves.
 */
export class ServingAcceleratedStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { serving, registryAccount, servingRole, ...props }: ServingAcceleratedStackProps,
  ) {
    super(scope, id, {
      ...props,
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    });

    const acceleratorType = new CfnParameter(this, 'AcceleratorType', {
      description: 'Set by the pipeline: each execution may choose another one.',
      default: serving.accelerator,
      allowedValues: [...ACCELERATORS],
    });
    const { hasModel, endpointConfig, properties } = new HostedModel(this, 'HostedModel', {
      profile: acceleratedServingProfile(serving, acceleratorType.valueAsString),
      executionRole: servingRole,
      registryAccount,
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
