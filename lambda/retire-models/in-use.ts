import { type CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeEndpointCommand, type EndpointStatus, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import { describeStack } from '../shared/describe-stack';
import { EndpointNotReady, StackBusy, StackMissing } from '../shared/step-errors';

/** What must stay, by idOf. */
export interface InUse {
  readonly endpointConfigs: ReadonlySet<string>;
  readonly models: ReadonlySet<string>;
}

/** An endpoint that keeps to one configuration; while it changes, it may still go back to another. */
const SETTLED: readonly (EndpointStatus | undefined)[] = [
  'InService',
  'OutOfService',
  'Failed',
  'UpdateRollbackFailed',
];

/**
 * What serving stacks hold now, which CloudFormation deletes with them, and what their endpoint runs on.
 *
 * @throws StackBusy while a stack is changed
 * @throws EndpointNotReady while the endpoint is
 */
export async function findInUse(
  stackNames: readonly string[],
  cloudFormation: CloudFormationClient,
  sageMaker: SageMakerClient,
): Promise<InUse> {
  const endpointConfigs = new Set<string>();
  const models = new Set<string>();
  for (const stackName of stackNames) {
    for (const [type, name] of await resourcesOf(stackName, cloudFormation)) {
      if (type === 'AWS::SageMaker::Model') models.add(name);
      if (type === 'AWS::SageMaker::EndpointConfig') endpointConfigs.add(name);
      if (type === 'AWS::SageMaker::Endpoint') endpointConfigs.add(await configurationOf(name, sageMaker));
    }
  }
  return { endpointConfigs, models };
}

/** What tells resources of one kind apart, from a name or an ARN: SageMaker writes names in small letters into many of its ARNs. */
export function idOf(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1).toLowerCase();
}

async function resourcesOf(
  stackName: string,
  cloudFormation: CloudFormationClient,
): Promise<readonly (readonly [type: string, id: string])[]> {
  try {
    const { StackStatus = '' } = await describeStack(stackName, cloudFormation);
    if (StackStatus.endsWith('_IN_PROGRESS')) {
      throw new StackBusy(
        `stack ${stackName} is in ${StackStatus}, and old models are deleted only when nothing changes: try again when it is through`,
      );
    }
    const { StackResources = [] } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: stackName }),
    );
    return StackResources.map(({ ResourceType = '', PhysicalResourceId = '' }) => [
      ResourceType,
      idOf(PhysicalResourceId),
    ]);
  } catch (error) {
    // The accelerated stack is there for one profile only, and where AWS does not refuse it.
    if (error instanceof StackMissing) return [];
    throw error;
  }
}

async function configurationOf(endpointName: string, sageMaker: SageMakerClient): Promise<string> {
  const { EndpointStatus, EndpointConfigName = '' } = await sageMaker.send(
    new DescribeEndpointCommand({ EndpointName: endpointName }),
  );
  if (!SETTLED.includes(EndpointStatus)) {
    throw new EndpointNotReady(
      `endpoint ${endpointName} is ${EndpointStatus ?? 'in no state'}, and old models are deleted only when nothing changes: try again later`,
    );
  }
  return idOf(EndpointConfigName);
}
