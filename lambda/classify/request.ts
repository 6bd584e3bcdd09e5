import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as v from 'valibot';
import { type ClassifyRequest, MOST_BYTES, MOST_INPUTS, requestSchema } from '../shared/classify-request';
import { ApiError } from './api-error';
import { findHeader } from './header';

/**
 * Reads the request; nothing is trusted that the gateway may have checked before.
 *
 * @throws ApiError that names the field and never shows what is in it
 */
export function parseRequest(event: APIGatewayProxyEvent): ClassifyRequest {
  assertJson(event);
  const result = v.safeParse(requestSchema, parseJson(readBody(event)), { abortEarly: true });
  if (!result.success) {
    throw refusalOf(result.issues[0]);
  }
  const { inputs, parameters } = result.output;
  const list = Array.isArray(inputs) ? inputs : [inputs];
  if (list.length > MOST_INPUTS) {
    throw new ApiError('PayloadTooLarge', `too many inputs: send at most ${MOST_INPUTS} at once`);
  }
  return { inputs: list, parameters };
}

/** Clients that name no content type mean the only one there is. */
function assertJson(event: APIGatewayProxyEvent): void {
  const mediaType = findHeader(event, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType && mediaType !== 'application/json') {
    throw new ApiError('UnsupportedMediaType', 'the content type must be application/json');
  }
}

function readBody({ body, isBase64Encoded }: APIGatewayProxyEvent): Buffer {
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length === 0) {
    throw new ApiError('BadRequest', 'the body is missing: send a JSON object with the field inputs');
  }
  if (bytes.length > MOST_BYTES) {
    throw new ApiError('PayloadTooLarge', `the body is too large: send at most ${MOST_BYTES / 1000} kB`);
  }
  return bytes;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's message, and so the error itself, quotes the text.
    throw new ApiError('BadRequest', 'the body is not valid JSON in UTF-8');
  }
}

/** A body that is no request at all is a bad one; a request with a wrong field is told which. */
function refusalOf(issue: v.BaseIssue<unknown>): ApiError {
  const path = v.getDotPath(issue);
  if (path === null) {
    return new ApiError('BadRequest', 'the body must be a JSON object with the field inputs');
  }
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return new ApiError('Validation', `${path} is not a known field`);
  }
  if (issue.input !== undefined) {
    return new ApiError('Validation', `${path} ${issue.message}`);
  }
  return path === 'inputs'
    ? new ApiError('BadRequest', 'inputs is missing: send a text or a list of texts')
    : new ApiError('Validation', `${path} is missing: a pair is of two texts`);
}
