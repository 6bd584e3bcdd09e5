import { isNativeError } from 'node:util/types';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ApiError } from './api-error';
import { classifyTexts, type Endpoint } from './endpoint';
import { findHeader } from './header';
import { parseRequest } from './request';

/** In seconds; a client that does not wait would only add to what is wrong. */
const RETRY_AFTER = '30';

export interface ClassifyOptions {
  readonly endpoint: Endpoint;
  /** The web origins whose pages may read the answer. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Answers one POST /classify: `[[{"label", "score"}, …], …]`, one list for each text, or `{"error", "error_type"}`.
 * Writes one line to the log, without any of the request's text.
 */
export async function classify(event: APIGatewayProxyEvent, options: ClassifyOptions): Promise<APIGatewayProxyResult> {
  const start = performance.now();
  const outcome = await answer(event, options.endpoint);
  console.log(
    JSON.stringify({
      requestId: event.requestContext.requestId,
      status: outcome.statusCode,
      inputs: outcome.inputs,
      milliseconds: Math.round(performance.now() - start),
      ...(outcome.error && describeError(outcome.error)),
    }),
  );
  return {
    statusCode: outcome.statusCode,
    headers: {
      'Content-Type': 'application/json',
      ...(outcome.error?.type === 'Unavailable' && { 'Retry-After': RETRY_AFTER }),
      ...corsHeaders(findHeader(event, 'origin'), options.allowedOrigins),
    },
    body: JSON.stringify(outcome.body),
  };
}

interface Outcome {
  readonly statusCode: number;
  readonly body: object;
  /** How many texts there were; 0 when the request could not be read. */
  readonly inputs: number;
  readonly error?: ApiError;
}

async function answer(event: APIGatewayProxyEvent, endpoint: Endpoint): Promise<Outcome> {
  let inputs = 0;
  try {
    const request = parseRequest(event);
    inputs = request.inputs.length;
    return { statusCode: 200, body: await classifyTexts(request, endpoint), inputs };
  } catch (thrown) {
    const error =
      thrown instanceof ApiError ? thrown : new ApiError('Internal', 'something failed on our side', { cause: thrown });
    return { statusCode: error.statusCode, body: { error: error.message, error_type: error.type }, inputs, error };
  }
}

/** Where it went wrong, but never the message of what caused it: that may quote the request's text. */
function describeError({ type, cause }: ApiError): object {
  if (!isNativeError(cause)) {
    return { error: type };
  }
  const frames = cause.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { error: type, cause: cause.name, ...(type === 'Internal' && { frames }) };
}

function corsHeaders(origin: string | undefined, allowedOrigins: readonly string[]): Record<string, string> {
  if (allowedOrigins.length === 0) {
    return {};
  }
  const isAllowed = origin !== undefined && allowedOrigins.includes(origin);
  // Answers differ by origin, which caches must know.
  return { Vary: 'Origin', ...(isAllowed && { 'Access-Control-Allow-Origin': origin }) };
}
