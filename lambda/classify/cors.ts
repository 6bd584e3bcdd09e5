import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { findHeader, MODEL_VERSION, TRUNCATED_INPUTS, UNCERTAIN_INPUTS } from './header';

/**
 * The headers that let a page of an allowed origin read an answer; others get none.
 *
 * @param allowedOrigins origins as browsers write them, or `*` for every one
 */
export function corsHeaders(event: APIGatewayProxyEvent, allowedOrigins: readonly string[]): Record<string, string> {
  if (allowedOrigins.length === 0) {
    return {};
  }
  if (allowedOrigins.includes('*')) {
    return allow('*');
  }
  const origin = findHeader(event, 'origin');
  const isAllowed = origin !== undefined && allowedOrigins.includes(origin);
  // Answers differ by origin, which caches must know.
  return { Vary: 'Origin', ...(isAllowed && allow(origin)) };
}

/** What a browser asks before it lets a page send JSON and an API key. */
export function answerPreflight(event: APIGatewayProxyEvent, allowedOrigins: readonly string[]): APIGatewayProxyResult {
  return {
    statusCode: 204,
    headers: {
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': 'Content-Type, Authorization, X-Api-Key, X-Amz-Date, X-Amz-Security-Token',
      'Access-Control-Max-Age': '3600',
      ...corsHeaders(event, allowedOrigins),
    },
    body: '',
  };
}

function allow(origin: string): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': `Retry-After, ${MODEL_VERSION}, ${TRUNCATED_INPUTS}, ${UNCERTAIN_INPUTS}`,
  };
}
