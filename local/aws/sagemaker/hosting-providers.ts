import { randomBytes } from 'node:crypto';
import type { Provisioned, ResolvedResource, ResourceProvider } from '../cloudformation/provider';
import type { Hosting } from './hosting';

/** AWS::SageMaker::Model. `Ref` is the ARN, `ModelName` an attribute. Every change is a replacement. */
export class ModelProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: ['EnableNetworkIsolation', 'ExecutionRoleArn', 'ModelName', 'PrimaryContainer', 'VpcConfig'],
    recorded: { Tags: 'nobody reads them here' },
  };

  constructor(private readonly hosting: Hosting) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const { ModelArn, ModelName } = await this.hosting.createModel(withName(resource, 'ModelName'));
    return { physicalId: ModelArn, attributes: { ModelName, Id: ModelArn } };
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    refuseNamedReplacement(resource, 'ModelName', current);
    return this.create(resource);
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.hosting.deleteModel(nameOf(current));
  }
}

/** AWS::SageMaker::EndpointConfig. `Ref` is the ARN, `EndpointConfigName` an attribute. Every change is a replacement. */
export class EndpointConfigProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: ['EndpointConfigName', 'ProductionVariants'],
    recorded: { Tags: 'nobody reads them here' },
  };

  constructor(private readonly hosting: Hosting) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const { EndpointConfigArn, EndpointConfigName } = await this.hosting.createEndpointConfig(
      withName(resource, 'EndpointConfigName'),
    );
    return { physicalId: EndpointConfigArn, attributes: { EndpointConfigName, Id: EndpointConfigArn } };
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    refuseNamedReplacement(resource, 'EndpointConfigName', current);
    return this.create(resource);
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.hosting.deleteEndpointConfig(nameOf(current));
  }
}

/** AWS::SageMaker::Endpoint. `Ref` is the ARN, `EndpointName` an attribute. Only another name is a replacement. */
export class EndpointProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: ['EndpointConfigName', 'EndpointName'],
    recorded: {
      DeploymentConfig: 'an update is all at once here, and no alarm fires that would roll it back',
      RetainAllVariantProperties: 'a variant has one process here, whatever its scaling',
      Tags: 'nobody reads them here',
    },
  };

  constructor(private readonly hosting: Hosting) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const { EndpointArn, EndpointName } = await this.hosting.createEndpoint(withName(resource, 'EndpointName'));
    return { physicalId: EndpointArn, attributes: { EndpointName, Id: EndpointArn } };
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    const EndpointName = nameOf(current);
    if ((resource.properties.EndpointName ?? EndpointName) !== EndpointName) return this.create(resource);
    const { EndpointConfigName } = await this.hosting.describeEndpoint(EndpointName);
    // Tags and deployment settings change nothing here.
    if (resource.properties.EndpointConfigName !== EndpointConfigName) {
      await this.hosting.updateEndpoint({ ...resource.properties, EndpointName });
    }
    return current;
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.hosting.deleteEndpoint(nameOf(current));
  }

  async resume(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.hosting.resumeEndpoint(nameOf(current));
  }
}

/** The resource's properties with the name that CloudFormation would make up where there is none. */
function withName({ logicalId, properties }: ResolvedResource, field: string): Record<string, unknown> {
  return { ...properties, [field]: properties[field] ?? `${logicalId.slice(0, 50)}-${randomBytes(6).toString('hex')}` };
}

function nameOf({ physicalId }: Provisioned): string {
  return physicalId.slice(physicalId.lastIndexOf('/') + 1);
}

function refuseNamedReplacement({ properties }: ResolvedResource, field: string, current: Provisioned): void {
  const name = nameOf(current);
  if (properties[field] !== name) return;
  throw new Error(
    `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`,
  );
}
