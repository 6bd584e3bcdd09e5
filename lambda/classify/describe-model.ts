import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import * as v from 'valibot';
import { IN_SERVICE_KEY } from '../shared/in-service';
import type { ModelDescription } from '../shared/model-description';
import { corsHeaders } from './cors';
import { askDescription, type Endpoint } from './endpoint';
import { describeError, type Failure, failureOf } from './failure';
import { MODEL_VERSION } from './header';

export interface DescribeModelOptions {
  readonly endpoint: Endpoint;
  /** Has the record of what is in service. */
  readonly artifactsBucket: string;
  /** The web origins whose pages may read the answer. */
  readonly allowedOrigins: readonly string[];
}

type Described = Omit<Failure, 'error'> & Partial<Pick<Failure, 'error'>>;

const recordSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ serving: v.object({ modelDataUrl: v.string() }), promotedAt: v.string() }),
);

/**
 * Answers one GET /model: what the model says of itself that would classify now, and, once the pipeline has promoted it,
 * since when it is in service.
 */
export async function describeModel(
  event: APIGatewayProxyEvent,
  options: DescribeModelOptions,
): Promise<APIGatewayProxyResult> {
  const { statusCode, headers, body, error } = await answer(options).catch(failureOf);
  const { requestId } = event.requestContext;
  console.log(JSON.stringify({ requestId, status: statusCode, model: true, ...(error && describeError(error)) }));
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', ...headers, ...corsHeaders(event, options.allowedOrigins) },
    body,
  };
}

async function answer({ endpoint, artifactsBucket }: DescribeModelOptions): Promise<Described> {
  const { model_data_url, ...model } = await askDescription(endpoint);
  // Not loaded at a cold start, for classifying needs no S3.
  const { readObject } = await import('./read-object.lazy');
  const record = await readObject(artifactsBucket, IN_SERVICE_KEY);
  const promoted = record === undefined ? undefined : v.parse(recordSchema, record);
  // While one model replaces another, the record may be of the other.
  const isPromoted = promoted !== undefined && promoted.serving.modelDataUrl === model_data_url;
  const description: ModelDescription = { ...model, deployed_at: isPromoted ? promoted.promotedAt : null };
  return {
    statusCode: 200,
    headers: model.version === null ? {} : { [MODEL_VERSION]: model.version },
    body: JSON.stringify(description),
  };
}
