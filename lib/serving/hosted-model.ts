import {
  CfnCondition,
  CfnDeletionPolicy,
  CfnParameter,
  CfnWaitConditionHandle,
  Fn,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import {
  CfnEndpointConfig,
  type CfnEndpointConfigProps,
  CfnModel,
  type CfnModelProps,
} from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import { STACK_TAG } from '../../lambda/shared/serving-stack';
import { ContainerImage } from '../sagemaker/container-image';
import type { ServingProfile } from '../configuration/serving-profile';

/** The one production variant of every endpoint configuration, whatever serves behind it. */
export const VARIANT_NAME = 'AllTraffic';

export interface HostedModelProps {
  readonly profile: ServingProfile;
  readonly executionRole: iam.IRole;
  /** The account of the profile's image. @default - the one that CDK's region facts name */
  readonly registryAccount?: string;
}

/**
 * A SageMaker model and its endpoint configuration, both there only while the stack's parameter `ModelDataUrl` is set.
 *
 * The pipeline sets that parameter with UpdateStack, so that a new model means a new Model and EndpointConfig under new
 * names. CloudFormation keeps the replaced ones, for SageMaker needs them while it rolls an endpoint back; they cost nothing,
 * carry the stack's name as a tag, and the function `retire-models` deletes them later.
 */
export class HostedModel extends Construct {
  /** True while there is a model to serve. */
  readonly hasModel: CfnCondition;
  readonly endpointConfig: CfnEndpointConfig;
  /** What both resources are made from, for the stack's ConfigurationHash. */
  readonly properties: unknown;

  constructor(scope: Construct, id: string, props: HostedModelProps) {
    super(scope, id);
    const stack = Stack.of(this);

    const modelDataUrl = new CfnParameter(stack, 'ModelDataUrl', {
      description: 'The s3:// URL of the model.tar.gz to serve; set by the pipeline. Empty: nothing is in service.',
      default: '',
      allowedPattern: '^$|^s3://.+',
    });
    Validations.of(stack).acknowledge({
      id: 'CloudFormation-Validate::W1030',
      reason:
        'ModelDataUrl is empty until the first model is deployed; every use of it is under the condition HasModel.',
    });
    this.hasModel = new CfnCondition(stack, 'HasModel', {
      expression: Fn.conditionNot(Fn.conditionEquals(modelDataUrl, '')),
    });

    const tags = [{ key: STACK_TAG, value: stack.stackName }];
    const { image, environment, networkIsolation, vpc, variant } = props.profile;
    const modelProps: CfnModelProps = {
      executionRoleArn: props.executionRole.roleArn,
      enableNetworkIsolation: networkIsolation,
      vpcConfig: vpc === undefined ? undefined : { securityGroupIds: vpc.securityGroupIds, subnets: vpc.subnetIds },
      primaryContainer: {
        image: new ContainerImage(this, { ...image, registryAccount: props.registryAccount }).uri,
        modelDataUrl: modelDataUrl.valueAsString,
        // By which the model knows its version, that each of its answers tells.
        environment: { ...environment, MODEL_DATA_URL: modelDataUrl.valueAsString },
      },
      tags,
    };
    const model = new CfnModel(stack, 'Model', modelProps);
    const endpointConfigProps: CfnEndpointConfigProps = {
      productionVariants: [
        {
          ...variant,
          modelName: model.attrModelName,
          variantName: VARIANT_NAME,
          initialVariantWeight: 1,
        },
      ],
      tags,
    };
    this.endpointConfig = new CfnEndpointConfig(stack, 'EndpointConfig', endpointConfigProps);
    this.properties = { modelProps, endpointConfigProps };
    for (const resource of [model, this.endpointConfig]) {
      resource.cfnOptions.condition = this.hasModel;
      resource.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
      resource.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    }

    // Free, and always there: a stack whose every resource is conditional might have none to create.
    new CfnWaitConditionHandle(stack, 'AlwaysThere');
  }
}
