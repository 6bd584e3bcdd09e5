import { isNativeError } from 'node:util/types';
import { ModelError } from './sagemaker-runtime.vendor';
import { ApiError } from './api-error';

type Meaning = readonly [type: ApiError['type'], message: string];

const INTERNAL: Meaning = ['Internal', 'something failed on our side'];
const OVERLOADED: Meaning = ['Overloaded', 'too many requests: slow down and try again'];
const TOO_SLOW: Meaning = ['Timeout', 'the model took too long: send fewer or shorter texts at once'];
const UNAVAILABLE: Meaning = ['Unavailable', 'the model is not available at the moment: try again later'];

const BY_NAME: Partial<Record<string, Meaning>> = {
  ThrottlingException: OVERLOADED,
  TooManyRequestsException: OVERLOADED,
  ServiceUnavailable: UNAVAILABLE,
  ServiceUnavailableException: UNAVAILABLE,
  ModelNotReadyException: ['Unavailable', 'the model is starting: try again later'],
  AbortError: TOO_SLOW,
  TimeoutError: TOO_SLOW,
};

/**
 * What an error of InvokeEndpoint means for the API's client. AWS's own words, which hold account ids and may hold the
 * container's traceback, are not passed on.
 */
export function explainEndpointError(error: unknown): ApiError {
  const [type, message] = isNativeError(error) ? meaningOf(error) : INTERNAL;
  return new ApiError(type, message, { cause: error });
}

function meaningOf(error: Error): Meaning {
  if (error instanceof ModelError) {
    return meaningOfModelError(error);
  }
  if (isMissingEndpoint(error)) {
    return ['Unavailable', 'no model is in service yet: try again later'];
  }
  // What the operating system says of a connection, such as ECONNRESET, which the SDK calls a TimeoutError as well.
  // Node's own codes begin with ERR_.
  if ('code' in error && /^E(?!RR_)/.test(String(error.code))) {
    return ['Unavailable', 'the model cannot be reached at the moment: try again later'];
  }
  return BY_NAME[error.name] ?? INTERNAL;
}

/** Whether there is no endpoint of the name that was asked for. */
export function isMissingEndpoint(error: unknown): boolean {
  return isNativeError(error) && error.name === 'ValidationError' && /not found/i.test(error.message);
}

/** What contract.py of the training code says of inputs and parameters that its model does not take, and what we do. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/this model classifies pairs/, 'this model classifies pairs: send objects with text and text_pair'],
  [/this model classifies single texts/, 'this model classifies single texts: send strings'],
  [/this model reads no windows/, 'this model reads no windows: let parameters.overflow be truncate or error'],
  [
    /input (\d+) has (\d+) tokens, more than the (\d+) that this model takes/,
    'inputs.$1 has $2 tokens, more than the $3 that this model takes: shorten it, or let parameters.overflow be truncate ' +
      'or, for single texts, window',
  ],
  [
    /the unknown field '(overflow|min_score)'/,
    'the model in service is older than parameters.$1: leave it out, or train a model with this version',
  ],
  [/the unknown field 'describe'/, 'the model in service is older than GET /model: train a model with this version'],
];

/** The container's own status says whose fault it is: the request's below 500, else the model's. */
function meaningOfModelError({ message, OriginalMessage = '', OriginalStatusCode: status = 500 }: ModelError): Meaning {
  for (const [pattern, sentence] of REFUSALS) {
    const [refusal] = pattern.exec(OriginalMessage) ?? [];
    if (refusal !== undefined) {
      return ['Validation', refusal.replace(pattern, sentence)];
    }
  }
  // The container did not answer within the time that SageMaker gives it.
  if (/timed out/i.test(message)) {
    return TOO_SLOW;
  }
  if (status === 413) {
    return ['PayloadTooLarge', 'this is more than the model takes at once: send fewer or shorter texts'];
  }
  if (status === 429) {
    return OVERLOADED;
  }
  return status >= 400 && status < 500
    ? ['Validation', 'the model does not accept this request: check inputs and parameters']
    : ['ModelError', 'the model failed on this request'];
}
