import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { account, region } from '../account';
import { NoSuchBucket, NoSuchKey, type ObjectStore } from '../s3/object-store';
import type { Command } from './guarded-process';
import {
  parseEndpointConfigRequest,
  parseEndpointRequest,
  parseModelRequest,
  type EndpointConfigRequest,
  type EndpointRequest,
  type ModelRequest,
} from './hosting-requests';
import { unpackModelData } from './model-data';
import { ModelServer } from './model-server';
import { RecordFolder } from './record-folder';
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
}

/** Times are epoch milliseconds. */
interface Timed {
  readonly CreationTime: number;
}
export type ModelDescription = ModelRequest & Timed & { readonly ModelArn: string };
export type EndpointConfigDescription = EndpointConfigRequest & Timed & { readonly EndpointConfigArn: string };
export type EndpointStatus = 'Creating' | 'Updating' | 'InService' | 'Failed';
export interface EndpointDescription extends Timed {
  readonly EndpointName: string;
  readonly EndpointArn: string;
  readonly EndpointConfigName: string;
  readonly EndpointStatus: EndpointStatus;
  readonly LastModifiedTime: number;
  /** Why the last create or update failed. */
  readonly FailureReason?: string;
}

interface ServedVariant {
  readonly variantName: string;
  readonly directory: string;
  readonly server: ModelServer;
}

/** A request to or an answer from a model server. */
export interface Invocation {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const DEFAULT_START_SECONDS = 300;
const INVOCATION_TIMEOUT_MS = 60_000;

/**
 * SageMaker hosting on this machine: models, endpoint configurations and endpoints, each endpoint with one model server process.
 * All methods throw SageMakerError as the API does.
 */
export class Hosting {
  private readonly models: RecordFolder<ModelDescription>;
  private readonly endpointConfigs: RecordFolder<EndpointConfigDescription>;
  private readonly endpoints: RecordFolder<EndpointDescription>;
  private readonly served = new Map<string, ServedVariant>();

  constructor(private readonly options: HostingOptions) {
    this.models = new RecordFolder(join(options.folder, 'models'));
    this.endpointConfigs = new RecordFolder(join(options.folder, 'endpoint-configs'));
    this.endpoints = new RecordFolder(join(options.folder, 'endpoints'));
  }

  async createModel(request: unknown): Promise<ModelDescription> {
    const model = parseModelRequest(request);
    const ModelArn = arn('model', model.ModelName);
    if (await this.models.read(model.ModelName)) {
      throw new ValidationException(`Cannot create already existing model "${ModelArn}".`);
    }
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
    const description = { ...model, ModelArn, CreationTime: Date.now() };
    await this.models.write(model.ModelName, description);
    return description;
  }

  async describeModel(name: string): Promise<ModelDescription> {
    return required(await this.models.read(name), 'model', arn('model', name));
  }

  async deleteModel(name: string): Promise<void> {
    await this.describeModel(name);
    await this.models.delete(name);
  }

  async createEndpointConfig(request: unknown): Promise<EndpointConfigDescription> {
    const config = parseEndpointConfigRequest(request);
    const EndpointConfigArn = arn('endpoint-config', config.EndpointConfigName);
    if (await this.endpointConfigs.read(config.EndpointConfigName)) {
      throw new ValidationException(`Cannot create already existing endpoint configuration "${EndpointConfigArn}".`);
    }
    const [variant] = config.ProductionVariants;
    const model = await this.describeModel(variant.ModelName);
    refuseImpossibleVariant(variant, model);
    if (variant.AcceleratorType !== undefined && this.options.accelerators === 'refused') {
      throw new ValidationException(
        `Invalid AcceleratorType "${variant.AcceleratorType}": This parameter is no longer supported. Elastic Inference (EI) is no longer available.`,
      );
    }
    const description = { ...config, EndpointConfigArn, CreationTime: Date.now() };
    await this.endpointConfigs.write(config.EndpointConfigName, description);
    return description;
  }

  async describeEndpointConfig(name: string): Promise<EndpointConfigDescription> {
    return required(await this.endpointConfigs.read(name), 'endpoint configuration', arn('endpoint-config', name));
  }

  async deleteEndpointConfig(name: string): Promise<void> {
    await this.describeEndpointConfig(name);
    await this.endpointConfigs.delete(name);
  }

  /** Resolves when the endpoint is in service. When its server does not start, no endpoint is left. */
  async createEndpoint(request: unknown): Promise<EndpointDescription> {
    const endpoint = parseEndpointRequest(request);
    const { EndpointName } = endpoint;
    if (await this.endpoints.read(EndpointName)) {
      throw new ValidationException(`Cannot create already existing endpoint "${arn('endpoint', EndpointName)}".`);
    }
    await this.describeEndpointConfig(endpoint.EndpointConfigName);
    await this.save(endpoint, 'Creating');
    try {
      this.served.set(EndpointName, await this.serve(endpoint));
    } catch (error) {
      await this.endpoints.delete(EndpointName);
      throw error;
    }
    return this.save(endpoint, 'InService');
  }

  /**
   * Resolves when the endpoint serves its new configuration: a second server is started beside the first, takes over when it is healthy,
   * and the first ends when it has answered its last request. When the new one does not start, the old one goes on.
   */
  async updateEndpoint(request: unknown): Promise<EndpointDescription> {
    const endpoint = parseEndpointRequest(request);
    const current = await this.describeEndpoint(endpoint.EndpointName);
    if (current.EndpointStatus === 'Creating' || current.EndpointStatus === 'Updating') {
      throw new ValidationException(`Cannot update in-progress endpoint "${current.EndpointArn}".`);
    }
    await this.describeEndpointConfig(endpoint.EndpointConfigName);
    await this.save(current, 'Updating');
    const old = this.served.get(endpoint.EndpointName);
    try {
      this.served.set(endpoint.EndpointName, await this.serve(endpoint));
    } catch (error) {
      await this.save(current, 'InService', error instanceof Error ? error.message : String(error));
      throw error;
    }
    const updated = await this.save(endpoint, 'InService');
    await old?.server.retire();
    await this.forgetModelData(old);
    return updated;
  }

  /** Starts the server of an endpoint that an earlier process created. */
  async resumeEndpoint(name: string): Promise<void> {
    const endpoint = await this.describeEndpoint(name);
    this.served.set(name, await this.serve(endpoint));
    // An update that the earlier process did not finish never took over.
    await this.save(endpoint, 'InService', endpoint.FailureReason);
  }

  async describeEndpoint(name: string): Promise<EndpointDescription> {
    return required(await this.endpoints.read(name), 'endpoint', arn('endpoint', name));
  }

  async deleteEndpoint(name: string): Promise<void> {
    await this.describeEndpoint(name);
    const old = this.served.get(name);
    this.served.delete(name);
    await this.endpoints.delete(name);
    await old?.server.stop();
    await this.forgetModelData(old);
  }

  /**
   * Passes a request on to the endpoint's model server.
   *
   * @throws SageMakerError as the runtime API does: ValidationError for an unknown endpoint, ModelError for an answer of 400 or more and for
   * one that takes over 60 seconds, ServiceUnavailable while the server is being started again
   */
  async invoke(name: string, { body, headers }: Invocation): Promise<Invocation> {
    const variant = this.served.get(name);
    if (!variant) throw new SageMakerError('ValidationError', `Endpoint ${name} of account ${account} not found.`);
    return variant.server.use(async (url) => {
      if (url === undefined) throw startingAgain();
      const answer = await send(url, body, headers);
      if (answer.status >= 400) throw modelError(name, answer.status, answer.body.toString());
      return {
        body: answer.body,
        headers: { 'content-type': answer.contentType, 'x-amzn-invoked-production-variant': variant.variantName },
      };
    });
  }

  /** Stops all model servers; the endpoints can be resumed. */
  async close(): Promise<void> {
    await Promise.all([...this.served.values()].map(({ server }) => server.stop()));
    this.served.clear();
  }

  private async serve({
    EndpointName,
    EndpointConfigName,
  }: EndpointRequest | EndpointDescription): Promise<ServedVariant> {
    const { ProductionVariants } = await this.describeEndpointConfig(EndpointConfigName);
    const [{ VariantName, ModelName, ContainerStartupHealthCheckTimeoutInSeconds }] = ProductionVariants;
    const { PrimaryContainer } = await this.describeModel(ModelName);
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
      logFile: join(logs, `${EndpointName}.log`),
      startSeconds: ContainerStartupHealthCheckTimeoutInSeconds ?? DEFAULT_START_SECONDS,
    }).catch((error: unknown) => {
      throw new Error(
        `The primary container for production variant ${VariantName} did not pass the ping health check: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    return { variantName: VariantName, directory, server };
  }

  private async save(
    { EndpointName, EndpointConfigName }: EndpointRequest | EndpointDescription,
    EndpointStatus: EndpointStatus,
    FailureReason?: string,
  ): Promise<EndpointDescription> {
    const now = Date.now();
    const description: EndpointDescription = {
      EndpointName,
      EndpointArn: arn('endpoint', EndpointName),
      EndpointConfigName,
      EndpointStatus,
      CreationTime: (await this.endpoints.read(EndpointName))?.CreationTime ?? now,
      LastModifiedTime: now,
      ...(FailureReason === undefined ? {} : { FailureReason }),
    };
    await this.endpoints.write(EndpointName, description);
    return description;
  }

  private async forgetModelData(old: ServedVariant | undefined): Promise<void> {
    if (!old || [...this.served.values()].some(({ directory }) => directory === old.directory)) return;
    await rm(old.directory, { recursive: true, force: true });
  }
}

async function send(
  url: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; contentType: string; body: Buffer }> {
  try {
    const response = await fetch(`${url}/invocations`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers,
      signal: AbortSignal.timeout(INVOCATION_TIMEOUT_MS),
    });
    const contentType = response.headers.get('content-type') ?? 'application/octet-stream';
    return { status: response.status, contentType, body: Buffer.from(await response.arrayBuffer()) };
  } catch (error) {
    if (isRefusedConnection(error)) throw startingAgain();
    const late = error instanceof Error && error.name === 'TimeoutError';
    // SageMaker's numbers and words for a container that does not answer, or drops the connection.
    return {
      status: late ? 0 : 500,
      contentType: 'text/plain',
      body: Buffer.from(
        late
          ? 'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.'
          : 'The container closed the connection.',
      ),
    };
  }
}

function startingAgain(): SageMakerError {
  return new SageMakerError('ServiceUnavailable', 'The model server is starting again.', 503);
}

/** Nobody listens: the server died, and has not been started again yet. */
function isRefusedConnection(error: unknown): boolean {
  const cause: unknown = error instanceof TypeError ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ECONNREFUSED';
}

/** A model server's refusal or failure, as the runtime API wraps it. */
export class ModelError extends SageMakerError {
  constructor(
    message: string,
    readonly originalStatusCode: number,
    readonly originalMessage: string,
  ) {
    super('ModelError', message, 424);
  }
}

function modelError(endpointName: string, status: number, message: string): ModelError {
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  return new ModelError(
    `Received ${kind} error (${status}) from primary with message "${message}". See the log of the endpoint ${endpointName} in account ${account} for more information.`,
    status,
    message,
  );
}

/** What SageMaker does not combine: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html */
function refuseImpossibleVariant(
  variant: EndpointConfigRequest['ProductionVariants'][0],
  model: ModelDescription,
): void {
  if ((variant.ServerlessConfig === undefined) === (variant.InstanceType === undefined)) {
    throw new ValidationException('One of InstanceType and ServerlessConfig must be given for a production variant.');
  }
  if (variant.ServerlessConfig === undefined) return;
  const isIsolated = String(model.EnableNetworkIsolation) === 'true';
  const unsupported = [
    variant.AcceleratorType !== undefined && 'AcceleratorType',
    isIsolated && 'EnableNetworkIsolation',
    model.VpcConfig !== undefined && 'VpcConfig',
  ].filter((name) => name !== false);
  if (unsupported.length > 0) {
    throw new ValidationException(`Serverless Inference does not support ${unsupported.join(', ')}.`);
  }
}

function required<Item>(item: Item | undefined, kind: string, itemArn: string): Item {
  if (item) return item;
  throw new ValidationException(`Could not find ${kind} "${itemArn}".`);
}

function arn(kind: string, name: string): string {
  return `arn:aws:sagemaker:${region}:${account}:${kind}/${name}`;
}
