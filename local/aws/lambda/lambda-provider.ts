import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  parseProperties,
  type Provisioned,
  type ResolvedResource,
  type ResourceProvider,
} from '../cloudformation/provider';
import { account, region } from '../account';
import { accessKeyOf } from '../iam/role-session';
import type { AssetResolver } from './asset';
import { LambdaFunction } from './lambda-function';
import type { FunctionDefinition, Invocation } from './lambda-worker';

export interface LambdaProviderOptions {
  /** The local cloud's AWS_ENDPOINT_URL: where the functions' SDK clients go. */
  readonly endpointUrl: string;
  /** Finds the code of a function's Code.S3Bucket and Code.S3Key. */
  readonly asset: AssetResolver;
  /** What a function's own variables are here, where they say what is otherwise on this machine. @default - as they are */
  readonly variables?: (variables: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** Each function's output is appended to `FUNCTION.log` in here. */
  readonly logFolder: string;
  /** Gets each function's output too, in the pieces in which it is written. */
  readonly onLog?: (functionName: string, text: string) => void;
}

/** There is no function of this name. */
export class FunctionNotFound extends Error {
  override readonly name = 'ResourceNotFoundException';
  constructor(functionName: string) {
    super(`Function not found: ${functionName}`);
  }
}

const functionProperties = v.object({
  FunctionName: v.optional(v.string()),
  Code: v.strictObject({ S3Bucket: v.string(), S3Key: v.string() }),
  Handler: v.string(),
  Runtime: v.pipe(v.string(), v.startsWith('nodejs')),
  Role: v.string(),
  Environment: v.optional(v.strictObject({ Variables: v.optional(v.record(v.string(), v.string()), {}) }), {}),
  // CloudFormation lets numbers be strings.
  Timeout: v.optional(v.pipe(v.union([v.number(), v.string()]), v.transform(Number)), 3),
  MemorySize: v.optional(v.pipe(v.union([v.number(), v.string()]), v.transform(Number)), 128),
});

/** Of a function's own environment, as JSON. */
const LARGEST_ENVIRONMENT = 4096;

/** In MB: a new account has less than the 10,240 of Lambda's quotas, and no way to ask for them. */
const LARGEST_MEMORY = 3008;

/** AWS::Lambda::Function: runs the functions' bundled Node.js code in worker threads. `Ref` is the function's name. */
export class LambdaProvider implements ResourceProvider {
  readonly properties = {
    carriedOut: Object.keys(functionProperties.entries),
    recorded: {
      Architectures: 'the code runs on the processor that this machine has',
      Description: 'for people',
      EphemeralStorage: 'the temporary folder has the room that this machine has',
      LoggingConfig: 'the log is a file here',
      Tags: 'nobody reads them here',
      TracingConfig: 'nothing is traced here',
    },
  };
  private readonly functions = new Map<string, LambdaFunction>();

  constructor(private readonly options: LambdaProviderOptions) {
    mkdirSync(options.logFolder, { recursive: true });
  }

  async create(resource: ResolvedResource): Promise<Provisioned> {
    const { FunctionName: given } = deployable(resource);
    const name = given ?? generatedName(resource);
    if (this.functions.has(name)) throw new Error(`${name} already exists`);
    return this.register(name, resource);
  }

  async update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    const { FunctionName: given } = deployable(resource);
    if (given !== undefined && given !== current.physicalId) return this.create(resource);
    return this.register(current.physicalId, resource);
  }

  async delete(_resource: ResolvedResource, current: Provisioned): Promise<void> {
    const deleted = this.functions.get(current.physicalId);
    this.functions.delete(current.physicalId);
    await deleted?.stop();
  }

  async resume(resource: ResolvedResource, current: Provisioned): Promise<void> {
    await this.register(current.physicalId, resource);
  }

  /**
   * Runs a function on one event and waits for its answer, as Lambda's RequestResponse invocation does.
   * Aborting ends the code at once and rejects with the signal's reason.
   *
   * @param functionNameOrArn a name, an ARN, or either with a version or alias, which is ignored
   * @throws FunctionNotFound
   */
  async invoke(functionNameOrArn: string, payload: unknown, signal?: AbortSignal): Promise<Invocation> {
    const name = /(?:function:)?([\w-]+)(?::[\w$-]+)?$/.exec(functionNameOrArn)?.[1];
    const found = name === undefined ? undefined : this.functions.get(name);
    if (!found) throw new FunctionNotFound(functionNameOrArn);
    return found.invoke(payload, signal);
  }

  /** Ends all functions. */
  async close(): Promise<void> {
    await Promise.all([...this.functions.values()].map((one) => one.stop()));
    this.functions.clear();
  }

  private async register(name: string, resource: ResolvedResource): Promise<Provisioned> {
    const { Code, Handler, Role, Environment, Timeout, MemorySize } = parseProperties(functionProperties, resource);
    const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
    const { Variables } = Environment;
    const definition: FunctionDefinition = {
      name,
      arn,
      directory: await this.options.asset(Code.S3Bucket, Code.S3Key),
      handler: Handler,
      environment: {
        ...this.reservedVariables(name, Role, Handler, MemorySize),
        ...(this.options.variables?.(Variables) ?? Variables),
      },
      timeoutSeconds: Timeout,
      memoryMegabytes: MemorySize,
    };
    const replaced = this.functions.get(name);
    this.functions.set(name, new LambdaFunction(definition, this.log(name)));
    await replaced?.retire();
    return { physicalId: name, attributes: { Arn: arn } };
  }

  /**
   * What the code sees besides its own variables: nothing of this machine, and no way to any cloud but the local one, where it may do what
   * its role may.
   */
  private reservedVariables(
    name: string,
    roleArn: string,
    handler: string,
    memorySize: number,
  ): Record<string, string> {
    return {
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyOf(roleArn, name),
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: this.options.endpointUrl,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      _HANDLER: handler,
    };
  }

  private log(name: string): (text: string) => void {
    const file = join(this.options.logFolder, `${name}.log`);
    return (text) => {
      // At once: what a function wrote before the whole process ends must not be lost.
      appendFileSync(file, text);
      this.options.onLog?.(name, text);
    };
  }
}

/** The properties of a function that is created or changed. Throws when Lambda would take no such function. */
function deployable(resource: ResolvedResource): v.InferOutput<typeof functionProperties> {
  const properties = parseProperties(functionProperties, resource);
  const measured = JSON.stringify(properties.Environment.Variables);
  if (Buffer.byteLength(measured) > LARGEST_ENVIRONMENT) {
    throw new Error(
      'Lambda was unable to configure your environment variables because the environment variables you have provided exceeded ' +
        `the 4KB limit. String measured: ${measured} (Service: Lambda, Error code: InvalidParameterValueException)`,
    );
  }
  if (properties.MemorySize > LARGEST_MEMORY) {
    throw new Error(
      `'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to ${LARGEST_MEMORY} ` +
        '(Service: Lambda, Status Code: 400)',
    );
  }
  return properties;
}

/** As CloudFormation makes names up: stack, logical id and a random end, within Lambda's 64 characters. */
function generatedName({ stackName, logicalId }: ResolvedResource): string {
  return `${`${stackName}-${logicalId}`.slice(0, 51)}-${randomBytes(6).toString('hex')}`;
}
