import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { account } from '../account';
import { NoSuchBucket, NoSuchKey, type ObjectStore } from '../s3/object-store';
import type { Command } from './guarded-process';
import * as requests from './hosting-requests';
import { invokeContainer, type Invocation } from './invoke-endpoint';
import { unpackModelData } from './model-data';
import { ModelServer } from './model-server';
import { Records } from './records';
import { parseRequest } from './request-schema';
import { parseS3Location } from './s3-location';
import { SageMakerError, ValidationException } from './sagemaker-error';

/** Whether the account that this machine stands in for may use Elastic Inference, which AWS has closed. */
export type Accelerators = 'refused' | 'granted';

export interface HostingOptions {
  readonly store: ObjectStore;
  /** Records, unpacked models and the endpoints' logs are kept in here. */
  readonly folder: string;
  /** How to start a model server for an unpacked artifact, given the Model's container environment. */
  readonly serverCommand: (modelDirectory: string, environment: Readonly<Record<string, string>>) => Command;
  readonly accelerators: Accelerators;
  /** The variants that Application Auto Scaling scales, as `endpoint/NAME/variant/NAME`. */
  readonly scalableTargets: Set<string>;
}

/** Times are epoch milliseconds. */
interface Timed {
  readonly CreationTime: number;
}
export type ModelDescription = requests.ModelRequest & Timed & { readonly ModelArn: string };
export type EndpointConfigDescription = requests.EndpointConfigRequest & Timed & { readonly EndpointConfigArn: string };
export interface EndpointDescription extends Timed {
  readonly EndpointName: string;
  readonly EndpointArn: string;
  readonly EndpointConfigName: string;
  readonly EndpointStatus: 'Creating' | 'Updating' | 'InService';
  readonly LastModifiedTime: number;
  /** Why the last update failed. */
  readonly FailureReason?: string;
}

type Variant = requests.EndpointConfigRequest['ProductionVariants'][0];

interface ServedVariant {
  readonly variantName: string;
  readonly directory: string;
  readonly server: ModelServer;
}

const DEFAULT_START_SECONDS = 300;

/**
 * SageMaker hosting on this machine: models, endpoint configurations and endpoints, each endpoint with one model server process.
 * All methods throw SageMakerError as the API does.
 */
export class Hosting {
  readonly models: Records<ModelDescription>;
  readonly endpointConfigs: Records<EndpointConfigDescription>;
  private readonly endpoints: Records<EndpointDescription>;
  private readonly served = new Map<string, ServedVariant>();

  constructor(private readonly options: HostingOptions) {
    this.models = new Records(options.folder, 'model');
    this.endpointConfigs = new Records(options.folder, 'endpoint-config');
    this.endpoints = new Records(options.folder, 'endpoint');
  }

  async createModel(request: unknown): Promise<ModelDescription> {
    const model = parseRequest(requests.createModel, request);
    await this.models.requireNew(model.ModelName);
    const { ModelDataUrl } = model.PrimaryContainer;
    const { bucket, key } = parseS3Location(ModelDataUrl);
    try {
      await this.options.store.head(bucket, key);
    } catch (error) {
      if (!(error instanceof NoSuchKey || error instanceof NoSuchBucket)) throw error;
      throw new ValidationException(
        `Could not find model data at ${ModelDataUrl}. Please ensure that the object exists: ${error.message}`,
      );
    }
    const ModelArn = this.models.arn(model.ModelName);
    return this.models.put(model.ModelName, { ...model, ModelArn, CreationTime: Date.now() });
  }

  async createEndpointConfig(request: unknown): Promise<EndpointConfigDescription> {
    const config = parseRequest(requests.createEndpointConfig, request);
    await this.endpointConfigs.requireNew(config.EndpointConfigName);
    const [variant] = config.ProductionVariants;
    refuseImpossibleVariant(variant, await this.models.get(variant.ModelName));
    if (variant.AcceleratorType !== undefined && this.options.accelerators === 'refused') {
      throw new ValidationException(
        `Invalid AcceleratorType "${variant.AcceleratorType}": This parameter is no longer supported. Elastic Inference (EI) is no longer available.`,
      );
    }
    const EndpointConfigArn = this.endpointConfigs.arn(config.EndpointConfigName);
    return this.endpointConfigs.put(config.EndpointConfigName, {
      ...config,
      EndpointConfigArn,
      CreationTime: Date.now(),
    });
  }

  /** The tags of a model or an endpoint configuration; undefined where there is neither of this name. */
  async tagsOf(arn: string): Promise<ModelDescription['Tags'] | undefined> {
    for (const records of [this.models, this.endpointConfigs]) {
      const tagged = (await records.all()).find(([name]) => records.arn(name) === arn);
      if (tagged !== undefined) return tagged[1].Tags;
    }
    return undefined;
  }

  /** AWS only forbids to delete a configuration in use, and loses sight of what the endpoint runs on; here it is refused. */
  async deleteEndpointConfig(name: string): Promise<void> {
    const user = (await this.endpoints.all()).find(([, { EndpointConfigName }]) => EndpointConfigName === name);
    if (user) {
      throw new ValidationException(
        `Cannot delete endpoint configuration "${this.endpointConfigs.arn(name)}": the endpoint ${user[0]} uses it.`,
      );
    }
    await this.endpointConfigs.delete(name);
  }

  /** Resolves when the endpoint is in service. When its server does not start, no endpoint is left. */
  async createEndpoint(request: unknown): Promise<EndpointDescription> {
    const endpoint = parseRequest(requests.createEndpoint, request);
    const { EndpointName, EndpointConfigName } = endpoint;
    await this.endpoints.requireNew(EndpointName);
    await this.endpointConfigs.get(EndpointConfigName);
    const now = Date.now();
    const created: EndpointDescription = {
      EndpointName,
      EndpointArn: this.endpoints.arn(EndpointName),
      EndpointConfigName,
      EndpointStatus: 'Creating',
      CreationTime: now,
      LastModifiedTime: now,
    };
    await this.endpoints.put(EndpointName, created);
    try {
      this.served.set(EndpointName, await this.serve(endpoint));
    } catch (error) {
      await this.endpoints.delete(EndpointName);
      throw error;
    }
    return this.change(created, { EndpointStatus: 'InService' });
  }

  /**
   * Resolves when the endpoint serves its new configuration: a second server is started beside the first, takes over when it is healthy,
   * and the first ends when it has answered its last request. When the new one does not start, the old one goes on.
   */
  async updateEndpoint(request: unknown): Promise<EndpointDescription> {
    const endpoint = parseRequest(requests.updateEndpoint, request);
    const { EndpointName, EndpointConfigName } = endpoint;
    const current = await this.describeEndpoint(EndpointName);
    if (current.EndpointStatus !== 'InService') {
      throw new ValidationException(`Cannot update in-progress endpoint "${current.EndpointArn}".`);
    }
    await this.refuseChangeOfScaledVariant(current, endpoint);
    await this.change(current, { EndpointStatus: 'Updating' });
    const old = this.served.get(EndpointName);
    try {
      this.served.set(EndpointName, await this.serve(endpoint));
    } catch (error) {
      const FailureReason = error instanceof Error ? error.message : String(error);
      await this.change(current, { FailureReason });
      throw error;
    }
    const updated = await this.change(current, { EndpointConfigName, FailureReason: undefined });
    await old?.server.retire();
    await this.forgetModelData(old);
    return updated;
  }

  /** Starts the server of an endpoint that an earlier process created. */
  async resumeEndpoint(name: string): Promise<void> {
    const endpoint = await this.describeEndpoint(name);
    this.served.set(name, await this.serve(endpoint));
    // An update that the earlier process did not finish never took over.
    await this.change(endpoint, { EndpointStatus: 'InService' });
  }

  async describeEndpoint(name: string): Promise<EndpointDescription> {
    return this.endpoints.get(name);
  }

  /** The variant of an endpoint, as its configuration has it. */
  async variantOf({ EndpointConfigName }: Pick<EndpointDescription, 'EndpointConfigName'>): Promise<Variant> {
    return (await this.endpointConfigs.get(EndpointConfigName)).ProductionVariants[0];
  }

  /** As on AWS, the endpoint's variants are no scalable targets any more either. */
  async deleteEndpoint(name: string): Promise<void> {
    const { scalableTargets } = this.options;
    await this.endpoints.delete(name);
    for (const target of scalableTargets) if (target.startsWith(`endpoint/${name}/`)) scalableTargets.delete(target);
    const old = this.served.get(name);
    this.served.delete(name);
    await old?.server.stop();
    await this.forgetModelData(old);
  }

  /** Passes a request on to the endpoint's model server. Throws SageMakerError as the runtime API does: ValidationError for an unknown endpoint. */
  async invoke(name: string, invocation: Invocation): Promise<Invocation> {
    const variant = this.served.get(name);
    if (!variant) throw new SageMakerError('ValidationError', `Endpoint ${name} of account ${account} not found.`);
    const { body, headers } = await variant.server.use((url) => invokeContainer(name, url, invocation));
    return { body, headers: { ...headers, 'x-amzn-invoked-production-variant': variant.variantName } };
  }

  /** Stops all model servers; the endpoints can be resumed. */
  async close(): Promise<void> {
    await Promise.all([...this.served.values()].map(({ server }) => server.stop()));
    this.served.clear();
  }

  private async serve(endpoint: requests.EndpointRequest): Promise<ServedVariant> {
    const variant = await this.variantOf(endpoint);
    const { PrimaryContainer } = await this.models.get(variant.ModelName);
    const directory = await unpackModelData(
      this.options.store,
      PrimaryContainer.ModelDataUrl,
      join(this.options.folder, 'model-data'),
    );
    const logs = join(this.options.folder, 'logs');
    await mkdir(logs, { recursive: true });
    const server = await ModelServer.start({
      // An accelerator that is granted is still not here: SAGEMAKER_INFERENCE_ACCELERATOR_PRESENT would be a lie.
      command: this.options.serverCommand(directory, PrimaryContainer.Environment),
      directory,
      logFile: join(logs, `${endpoint.EndpointName}.log`),
      startSeconds: variant.ContainerStartupHealthCheckTimeoutInSeconds ?? DEFAULT_START_SECONDS,
    }).catch((error: unknown) => {
      throw new Error(
        `The primary container for production variant ${variant.VariantName} did not pass the ping health check: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    return { variantName: variant.VariantName, directory, server };
  }

  /** https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html: another model or count is no such change. */
  private async refuseChangeOfScaledVariant(
    current: EndpointDescription,
    endpoint: requests.EndpointRequest,
  ): Promise<void> {
    const next = await this.variantOf(endpoint);
    const { VariantName, InstanceType } = await this.variantOf(current);
    const target = `endpoint/${current.EndpointName}/variant/${VariantName}`;
    if (!this.options.scalableTargets.has(target)) return;
    if (next.VariantName === VariantName && next.InstanceType === InstanceType) return;
    throw new ValidationException(
      `Cannot update endpoint "${current.EndpointArn}": its variant ${VariantName} is registered as a scalable target, so it cannot be removed and its instance type cannot be changed from ${InstanceType ?? 'serverless'} to ${next.InstanceType ?? 'serverless'}. Deregister ${target} from Application Auto Scaling first.`,
    );
  }

  private async change(
    current: EndpointDescription,
    changes: Partial<EndpointDescription>,
  ): Promise<EndpointDescription> {
    return this.endpoints.put(current.EndpointName, { ...current, ...changes, LastModifiedTime: Date.now() });
  }

  private async forgetModelData(old: ServedVariant | undefined): Promise<void> {
    if (!old || [...this.served.values()].some(({ directory }) => directory === old.directory)) return;
    await rm(old.directory, { recursive: true, force: true });
  }
}

/** What SageMaker does not combine: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html */
function refuseImpossibleVariant(variant: Variant, model: ModelDescription): void {
  if ((variant.ServerlessConfig === undefined) === (variant.InstanceType === undefined)) {
    throw new ValidationException('One of InstanceType and ServerlessConfig must be given for a production variant.');
  }
  if (variant.ServerlessConfig === undefined) return;
  const unsupported = [
    variant.AcceleratorType !== undefined && 'AcceleratorType',
    String(model.EnableNetworkIsolation) === 'true' && 'EnableNetworkIsolation',
    model.VpcConfig !== undefined && 'VpcConfig',
  ].filter((name) => name !== false);
  if (unsupported.length > 0) {
    throw new ValidationException(`Serverless Inference does not support ${unsupported.join(', ')}.`);
  }
}
