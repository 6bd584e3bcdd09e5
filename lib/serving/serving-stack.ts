import {
  Aws,
  CfnCondition,
  CfnOutput,
  CfnParameter,
  DefaultStackSynthesizer,
  Fn,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { CfnEndpoint, type CfnEndpointProps } from 'aws-cdk-lib/aws-sagemaker';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { Configuration } from '../configuration/configuration';
import { ConfigurationHash } from './configuration-hash';
import { EndpointGuardrails } from './endpoint-guardrails';
import { EndpointScaling } from './endpoint-scaling';
import { HostedModel } from './hosted-model';
import type { Names } from '../configuration/names';
import { servingProfile } from '../configuration/serving-profile';

export interface ServingStackProps extends StackProps {
  readonly configuration: Configuration;
  readonly names: Names;
  readonly servingRole: iam.IRole;
}

/** What an endpoint runs on, and how it is updated. */
interface EndpointChoice {
  readonly endpointConfigName: string;
  /** As EndpointGuardrails says it. @default - all at once */
  readonly deploymentConfig?: unknown;
}

/**
 * Model, endpoint configuration and endpoint, in one transaction with rollback.
 *
 * The pipeline's Deploy function updates this stack with UsePreviousTemplate and parameters: `ModelDataUrl` (empty at
 * first: no endpoint yet) and, where an accelerator is tried, `AcceleratedEndpointConfigName` (set: the endpoint uses that
 * configuration instead of this stack's own). Other profiles lack that parameter, so that a change to one of them forgets
 * a configuration that goes. The stack has no IAM resource, which an update would need a capability for, and no
 * bootstrap rule, which the updater would need ssm:GetParameters for. It must never carry an AcceleratorType, since AWS
 * may refuse any template that does.
 */
export class ServingStack extends Stack {
  constructor(scope: Construct, id: string, { configuration, names, servingRole, ...props }: ServingStackProps) {
    super(scope, id, {
      ...props,
      synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    });

    const profile = servingProfile(configuration.serving);
    const { hasModel, endpointConfig, properties } = new HostedModel(this, 'HostedModel', {
      profile,
      executionRole: servingRole,
      registryAccount: configuration.images.registryAccount,
    });

    const endpointName = names.endpoint;
    const guardrails = profile.guardrails
      ? new EndpointGuardrails(this, 'Guardrails', {
          endpointName,
          topicName: names.notificationTopic,
          condition: hasModel,
        })
      : undefined;
    const withoutAccelerator: EndpointChoice = {
      endpointConfigName: endpointConfig.attrEndpointConfigName,
      deploymentConfig: guardrails?.deploymentConfig,
    };
    const choice =
      configuration.serving.profile === 'elastic-inference'
        ? this.unlessAccelerated(withoutAccelerator)
        : withoutAccelerator;
    const endpointProps: CfnEndpointProps = {
      endpointName,
      endpointConfigName: choice.endpointConfigName,
      // Where the number of instances scales, a new model starts with as many as the load needs.
      retainAllVariantProperties: profile.scaling === undefined ? undefined : true,
    };
    const endpoint = new CfnEndpoint(this, 'Endpoint', endpointProps);
    endpoint.cfnOptions.condition = hasModel;
    // Tells the API's function, when the endpoint that it asks is gone, which one has taken its place: set once that one is
    // in service, for the value waits for it, and before CloudFormation deletes the other.
    new ssm.StringParameter(this, 'EndpointName', {
      parameterName: names.endpointNameParameter,
      description: 'The name of the endpoint that classifies.',
      stringValue: Fn.conditionIf(hasModel.logicalId, endpoint.attrEndpointName, endpointName).toString(),
    });
    if (choice.deploymentConfig !== undefined) {
      // Not among the properties, for the CDK does not translate what is below a condition.
      endpoint.addPropertyOverride('DeploymentConfig', choice.deploymentConfig);
    }
    if (profile.scaling !== undefined) {
      new EndpointScaling(this, 'Scaling', { ...profile.scaling, endpoint, endpointName, condition: hasModel });
    }
    new ConfigurationHash(this, [properties, endpointProps, choice.deploymentConfig ?? null, profile.scaling ?? null]);

    const output = new CfnOutput(this, 'EndpointConfigName', {
      description: 'What the endpoint must run on once the update is through.',
      value: choice.endpointConfigName,
    });
    output.condition = hasModel;
  }

  /** The same where no accelerated configuration is named; SageMaker has no guardrails for an endpoint that runs on one. */
  private unlessAccelerated({ endpointConfigName, deploymentConfig }: EndpointChoice): EndpointChoice {
    const name = new CfnParameter(this, 'AcceleratedEndpointConfigName', {
      description:
        'The endpoint configuration with an accelerator to use instead of the plain one; set by the pipeline.',
      default: '',
    });
    const { logicalId } = new CfnCondition(this, 'Accelerated', {
      expression: Fn.conditionNot(Fn.conditionEquals(name, '')),
    });
    return {
      endpointConfigName: Fn.conditionIf(logicalId, name.valueAsString, endpointConfigName).toString(),
      deploymentConfig: Fn.conditionIf(logicalId, Aws.NO_VALUE, deploymentConfig),
    };
  }
}
