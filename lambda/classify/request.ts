import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as v from 'valibot';
import { objectOf, realNumber } from '../shared/validation';
import { ApiError } from './api-error';
import { findHeader } from './header';

const MOST_BYTES = 256_000;
const MOST_INPUTS = 256;

const text = v.pipe(
  v.string('must be a string'),
  v.check((value) => value.trim() !== '', 'must not be empty'),
  v.check((value) => value.isWellFormed(), 'must be valid Unicode: it has half of a surrogate pair'),
);
/** Two texts that are classified together, as Hugging Face has it. */
const pair = objectOf({ text, text_pair: text });

const A_LIST = 'must be a string, an object with text and text_pair, or a list of either';
const texts = v.pipe(v.array(text, A_LIST), v.minLength(1, 'must not be empty'));
const pairs = v.pipe(v.array(pair, A_LIST), v.minLength(1, 'must not be empty'));

/** A list is of what its first is. */
const inputsSchema = v.lazy((value) => {
  if (Array.isArray(value)) {
    return isObject(value[0]) ? pairs : texts;
  }
  return isObject(value) ? pair : typeof value === 'string' ? text : texts;
});

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const TOP_K = 'must be a whole number of at least 1';

const requestSchema = objectOf({
  inputs: inputsSchema,
  parameters: v.optional(
    v.pipe(
      objectOf({
        top_k: v.optional(v.pipe(v.number(TOP_K), v.integer(TOP_K), v.minValue(1, TOP_K))),
        // The model knows its own, of both.
        function_to_apply: v.optional(v.picklist(['softmax', 'sigmoid', 'none'], 'must be softmax, sigmoid or none')),
        overflow: v.optional(v.picklist(['truncate', 'error', 'window'], 'must be truncate, error or window')),
        min_score: v.optional(realNumber(0, 1)),
      }),
      v.check(
        ({ function_to_apply, min_score }) => min_score === undefined || function_to_apply !== 'none',
        'must not have min_score beside the function_to_apply none, which gives logits and no scores',
      ),
    ),
    {},
  ),
});

/** What to classify, and how. */
export interface ClassifyRequest {
  readonly inputs: readonly (string | Readonly<v.InferOutput<typeof pair>>)[];
  readonly parameters: v.InferOutput<typeof requestSchema>['parameters'];
}

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
