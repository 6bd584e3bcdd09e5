import { Aws, Stack, Token } from 'aws-cdk-lib';
import { FactName, RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';

/** The repository of the image that models are trained in. */
export const TRAINING_REPOSITORY = 'huggingface-pytorch-training';

export interface ContainerImageProps {
  /** A repository of AWS's Deep Learning Containers, e.g. `huggingface-pytorch-training`. */
  readonly repositoryName: string;
  readonly tag: string;
  /** @default - the account that CDK's region facts name */
  readonly registryAccount?: string;
}

/** One image of AWS's Deep Learning Containers, in the registry of the stack's own region. */
export class ContainerImage {
  readonly uri: string;
  /** For `ecr:BatchGetImage` and its like. */
  readonly repositoryArn: string;

  /** @throws when the stack's region is known and has no registry that CDK knows */
  constructor(scope: Construct, props: ContainerImageProps) {
    const stack = Stack.of(scope);
    const account = props.registryAccount ?? registryAccountOf(stack);
    this.uri = `${account}.dkr.ecr.${stack.region}.${Aws.URL_SUFFIX}/${props.repositoryName}:${props.tag}`;
    this.repositoryArn = stack.formatArn({
      service: 'ecr',
      account,
      resource: 'repository',
      resourceName: props.repositoryName,
    });
  }
}

function registryAccountOf(stack: Stack): string {
  if (Token.isUnresolved(stack.region)) {
    return stack.regionalFact(FactName.DLC_REPOSITORY_ACCOUNT);
  }
  const account = RegionInfo.get(stack.region).dlcRepositoryAccount;
  if (account === undefined) {
    throw new Error(
      `no registry of Deep Learning Containers is known for region ${stack.region}: look its account up in AWS's list ` +
        'of available images and set images.registryAccount in the configuration',
    );
  }
  return account;
}
