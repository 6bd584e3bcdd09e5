import {
  ListTagsCommand,
  paginateListEndpointConfigs,
  paginateListModels,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { STACK_TAG } from '../shared/serving-stack';

/** A model or an endpoint configuration that a serving stack made. */
export interface Made {
  readonly name: string;
  readonly stackName: string;
}

interface Listed {
  readonly name: string;
  readonly arn: string;
}

/**
 * All models or endpoint configurations that these stacks made, the newest first.
 *
 * CloudFormation generates names that say nothing of the stack, so the tags of all that the account has in the region
 * tell: one call for each.
 */
export async function madeBy(
  stackNames: readonly string[],
  kind: 'model' | 'endpoint-config',
  sageMaker: SageMakerClient,
): Promise<readonly Made[]> {
  const made: Made[] = [];
  for (const { name, arn } of await (kind === 'model' ? models(sageMaker) : endpointConfigs(sageMaker))) {
    const { Tags = [] } = await sageMaker.send(new ListTagsCommand({ ResourceArn: arn }));
    const stackName = Tags.find(({ Key }) => Key === STACK_TAG)?.Value;
    if (stackName !== undefined && stackNames.includes(stackName)) made.push({ name, stackName });
  }
  return made;
}

// To be copied: a paginator writes its token into what it is given.
const NEWEST_FIRST = { SortBy: 'CreationTime', SortOrder: 'Descending' } as const;

async function models(client: SageMakerClient): Promise<readonly Listed[]> {
  const listed: Listed[] = [];
  for await (const { Models = [] } of paginateListModels({ client, pageSize: 100 }, { ...NEWEST_FIRST })) {
    listed.push(...Models.map(({ ModelName = '', ModelArn = '' }) => ({ name: ModelName, arn: ModelArn })));
  }
  return listed;
}

async function endpointConfigs(client: SageMakerClient): Promise<readonly Listed[]> {
  const listed: Listed[] = [];
  for await (const { EndpointConfigs = [] } of paginateListEndpointConfigs(
    { client, pageSize: 100 },
    { ...NEWEST_FIRST },
  )) {
    listed.push(
      ...EndpointConfigs.map(({ EndpointConfigName = '', EndpointConfigArn = '' }) => ({
        name: EndpointConfigName,
        arn: EndpointConfigArn,
      })),
    );
  }
  return listed;
}
