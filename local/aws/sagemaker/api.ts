import type { Readable } from 'node:stream';
import * as v from 'valibot';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import type { Hosting } from './hosting';
import { ModelError } from './invoke-endpoint';
import type { ProcessingJobs } from './processing-jobs';
import { parseRequest } from './request-schema';
import { SageMakerError, ValidationException } from './sagemaker-error';
import type { TrainingJobs } from './training-jobs';

/** SageMaker's limit of a request to a real-time endpoint, in bytes. */
const MAX_INVOCATION_BYTES = 25 * 1024 * 1024;
/** What a model server gets of a request's headers. */
const PASSED_ON = ['content-type', 'accept', 'x-amzn-sagemaker-custom-attributes', 'x-amzn-sagemaker-inference-id'];

type Operation = (input: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, unknown>>>;

/** The service `sagemaker`: the API's operations on jobs, models and endpoints that this project uses, and the runtime's InvokeEndpoint. */
export class SageMakerService implements AwsService {
  readonly operations: Readonly<Record<string, Operation>>;

  constructor(
    private readonly hosting: Hosting,
    trainingJobs: Pick<TrainingJobs, 'describe' | 'stop'>,
    processingJobs: Pick<ProcessingJobs, 'describe' | 'stop'>,
  ) {
    const { models, endpointConfigs } = hosting;
    this.operations = {
      CreateModel: async (input) => ({ ModelArn: (await hosting.createModel(input)).ModelArn }),
      DescribeModel: async (input) => withoutTags(await models.get(onlyName(input, 'ModelName'))),
      DeleteModel: async (input) => done(models.delete(onlyName(input, 'ModelName'))),
      ListModels: async (input) => {
        const { page, NextToken } = await models.list(input);
        return {
          Models: page.map(([ModelName, { ModelArn, CreationTime }]) => ({ ModelName, ModelArn, CreationTime })),
          NextToken,
        };
      },
      CreateEndpointConfig: async (input) => ({
        EndpointConfigArn: (await hosting.createEndpointConfig(input)).EndpointConfigArn,
      }),
      DescribeEndpointConfig: async (input) =>
        withoutTags(await endpointConfigs.get(onlyName(input, 'EndpointConfigName'))),
      DeleteEndpointConfig: async (input) => done(hosting.deleteEndpointConfig(onlyName(input, 'EndpointConfigName'))),
      ListEndpointConfigs: async (input) => {
        const { page, NextToken } = await endpointConfigs.list(input);
        return {
          EndpointConfigs: page.map(([EndpointConfigName, { EndpointConfigArn, CreationTime }]) => ({
            EndpointConfigName,
            EndpointConfigArn,
            CreationTime,
          })),
          NextToken,
        };
      },
      DescribeEndpoint: async (input) => this.describeEndpoint(onlyName(input, 'EndpointName')),
      ListTags: async (input) => {
        const arn = onlyName(input, 'ResourceArn');
        const Tags = await hosting.tagsOf(arn);
        if (Tags === undefined) {
          throw new ValidationException(`Could not find a model or an endpoint configuration "${arn}".`);
        }
        return { Tags };
      },
      StopTrainingJob: async (input) => done(trainingJobs.stop(onlyName(input, 'TrainingJobName'))),
      DescribeTrainingJob: async (input) => ({ ...(await trainingJobs.describe(onlyName(input, 'TrainingJobName'))) }),
      StopProcessingJob: async (input) => done(processingJobs.stop(onlyName(input, 'ProcessingJobName'))),
      DescribeProcessingJob: async (input) =>
        withoutTags(await processingJobs.describe(onlyName(input, 'ProcessingJobName'))),
    };
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      const endpointName = invokedEndpoint(request.path);
      if (endpointName !== undefined) return await this.invoke(endpointName, request);
      const target = String(request.headers['x-amz-target'] ?? '');
      const operation = this.operations[target.replace(/^SageMaker\./, '')];
      if (!operation) {
        throw new SageMakerError(
          'UnknownOperationException',
          `the local SageMaker does not know ${target || request.path}`,
        );
      }
      const output = await operation(parseInput((await readBody(request.body)).toString()));
      return {
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.1' },
        body: JSON.stringify(output, inSeconds),
      };
    } catch (error) {
      if (error instanceof SageMakerError) return failure(error);
      throw error;
    }
  }

  private async invoke(endpointName: string, { headers, body }: AwsRequest): Promise<AwsResponse> {
    const unsupported = Object.keys(headers).find(
      (header) => header.startsWith('x-amzn-sagemaker-') && !PASSED_ON.includes(header),
    );
    if (unsupported !== undefined) {
      throw new SageMakerError('ValidationError', `the local SageMaker does not carry out the header ${unsupported}`);
    }
    const passedOn = PASSED_ON.flatMap((header) => {
      const value = headers[header];
      return typeof value === 'string' ? [[header, value] as const] : [];
    });
    const answer = await this.hosting.invoke(endpointName, {
      body: await readBody(body),
      headers: Object.fromEntries(passedOn),
    });
    return { status: 200, headers: answer.headers, body: answer.body };
  }

  private async describeEndpoint(endpointName: string): Promise<Record<string, unknown>> {
    const endpoint = await this.hosting.describeEndpoint(endpointName);
    const { VariantName } = await this.hosting.variantOf(endpoint);
    const weightAndCount = { CurrentWeight: 1, DesiredWeight: 1, CurrentInstanceCount: 1, DesiredInstanceCount: 1 };
    return { ...endpoint, ProductionVariants: [{ VariantName, ...weightAndCount }] };
  }
}

function failure(error: SageMakerError): AwsResponse {
  const original =
    error instanceof ModelError
      ? { OriginalStatusCode: error.originalStatusCode, OriginalMessage: error.originalMessage }
      : {};
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    // The API's clients read `message`, the runtime's `Message`.
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message, ...original }),
  };
}

async function readBody(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_INVOCATION_BYTES) {
      throw new SageMakerError(
        'ValidationError',
        `Request body exceeds the limit of ${MAX_INVOCATION_BYTES} bytes`,
        413,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseInput(body: string): Record<string, unknown> {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())), body);
  if (!result.success) throw new SageMakerError('SerializationException', 'the request body is not a JSON object');
  return result.output;
}

/** Tags are answered by ListTags alone. */
function withoutTags({ Tags: _, ...description }: object & { readonly Tags?: unknown }): Record<string, unknown> {
  return description;
}

/** The name that is all a Describe or Delete takes. */
function onlyName(input: Readonly<Record<string, unknown>>, field: string): string {
  return String(parseRequest(v.strictObject({ [field]: v.string() }), input)[field]);
}

/** The endpoint that a request invokes; undefined for one of the API of SageMaker itself. */
export function invokedEndpoint(path: string): string | undefined {
  const name = /^\/endpoints\/([^/]+)\/invocations$/.exec(path)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}

async function done(work: Promise<void>): Promise<Record<string, unknown>> {
  await work;
  return {};
}

/** Times are epoch milliseconds here and seconds in the API's JSON. */
function inSeconds(key: string, value: unknown): unknown {
  return typeof value === 'number' && /Time(stamp)?$/.test(key) ? value / 1000 : value;
}
