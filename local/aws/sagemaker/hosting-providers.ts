import { randomBytes } from 'node:crypto';
import type { PropertyTable, Provisioned, ResolvedResource, ResourceProvider } from '../cloudformation/provider';
import type { Hosting } from './hosting';
import {
  createEndpoint,
  createEndpointConfig,
  createModel,
  type EndpointConfigRequest,
  updateEndpoint,
} from './hosting-requests';
import { onlyRecorded } from './only-recorded';
import { parseRequest } from './request-schema';
import { ValidationException } from './sagemaker-error';

/** AWS::SageMaker::Model. `Ref` is the ARN, `ModelName` an attribute. Every change is a replacement. */
export class ModelProvider implements ResourceProvider {
  readonly properties = tableOf(createModel.entries, onlyRecorded.CreateModelInput);

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
    await this.hosting.models.delete(nameOf(current));
  }
}

/** AWS::SageMaker::EndpointConfig. `Ref` is the ARN, `EndpointConfigName` an attribute. Every change is a replacement. */
export class EndpointConfigProvider implements ResourceProvider {
  readonly properties = tableOf(createEndpointConfig.entries, {});

  constructor(private readonly hosting: Hosting) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const request = parseRequest(createEndpointConfig, withName(resource, 'EndpointConfigName'));
    await this.refuseForeignProcessor(request);
    const { EndpointConfigArn, EndpointConfigName } = await this.hosting.createEndpointConfig(request);
    return { physicalId: EndpointConfigArn, attributes: { EndpointConfigName, Id: EndpointConfigArn } };
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    refuseNamedReplacement(resource, 'EndpointConfigName', current);
    return this.create(resource);
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.hosting.deleteEndpointConfig(nameOf(current));
  }

  /** SageMaker itself takes the configuration, and then waits for an endpoint that never comes up. */
  private async refuseForeignProcessor({ ProductionVariants: [variant] }: EndpointConfigRequest): Promise<void> {
    const { ModelName, InstanceType = '' } = variant;
    if (!/^ml\.[a-z]+\d+g/.test(InstanceType)) return;
    const { Image } = (await this.hosting.models.get(ModelName)).PrimaryContainer;
    if (/arm64|graviton/.test(Image)) return;
    throw new ValidationException(
      `The endpoint would never come up: an ${InstanceType} has Graviton, an Arm processor, and the image ${Image} names neither arm64 nor graviton.`,
    );
  }
}

/**
 * AWS::SageMaker::Endpoint. `Ref` is the ARN, `EndpointName` an attribute. Only another name is a replacement.
 *
 * Its properties are those of CreateEndpoint and UpdateEndpoint together, so that each call gets what it knows.
 */
export class EndpointProvider implements ResourceProvider {
  readonly properties = tableOf(
    { ...createEndpoint.entries, ...updateEndpoint.entries },
    { ...onlyRecorded.CreateEndpointInput, ...onlyRecorded.UpdateEndpointInput },
  );

  constructor(private readonly hosting: Hosting) {}

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const { RetainAllVariantProperties: _, ...properties } = withName(resource, 'EndpointName');
    const { EndpointArn, EndpointName } = await this.hosting.createEndpoint(properties);
    return { physicalId: EndpointArn, attributes: { EndpointName, Id: EndpointArn } };
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    const { Tags: _, ...properties } = resource.properties;
    const EndpointName = nameOf(current);
    if ((properties.EndpointName ?? EndpointName) !== EndpointName) return this.create(resource);
    const request = parseRequest(updateEndpoint, { ...properties, EndpointName });
    // The other properties are about how endpoints are updated.
    const { EndpointConfigName } = await this.hosting.describeEndpoint(EndpointName);
    if (request.EndpointConfigName !== EndpointConfigName) await this.hosting.updateEndpoint(request);
    return current;
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.hosting.deleteEndpoint(nameOf(current));
  }

  async resume(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.hosting.resumeEndpoint(nameOf(current));
  }
}

/** The properties of a type whose properties are the parameters of a request. */
function tableOf(parameters: object, recorded: PropertyTable['recorded']): PropertyTable {
  return { carriedOut: Object.keys(parameters).filter((name) => !Object.hasOwn(recorded, name)), recorded };
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
