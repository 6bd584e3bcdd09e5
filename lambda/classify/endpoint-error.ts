import { isNativeError } from 'node:util/types';
import { ApiError } from './api-error';

const NO_MODEL = 'no model is in service yet: try again later';

const BY_NAME: Partial<Record<string, readonly [type: ApiError['type'], message: string]>> = {
  ThrottlingException: ['Overloaded', 'too many requests: slow down and try again'],
  TooManyRequestsException: ['Overloaded', 'too many requests: slow down and try again'],
  ServiceUnavailable: ['Unavailable', 'the model is not available at the moment: try again later'],
  ServiceUnavailableException: ['Unavailable', 'the model is not available at the moment: try again later'],
  ModelNotReadyException: ['Unavailable', 'the model is starting: try again later'],
  ECONNREFUSED: ['Unavailable', NO_MODEL],
  ENOTFOUND: ['Unavailable', NO_MODEL],
  AbortError: ['Timeout', 'the model took too long: send fewer or shorter texts at once'],
  TimeoutError: ['Timeout', 'the model took too long: send fewer or shorter texts at once'],
};

/**
 * What an error of InvokeEndpoint means for the API's client. AWS's own words, which hold account ids and may hold the
 * container's traceback, are not passed on.
 */
export function explainEndpointError(error: unknown): ApiError {
  const [type, message] = meaningOf(error);
  return new ApiError(type, message, { cause: error });
}

function meaningOf(error: unknown): readonly [type: ApiError['type'], message: string] {
  const internal = ['Internal', 'something failed on our side'] as const;
  if (!isNativeError(error)) {
    return internal;
  }
  if (error.name === 'ModelError') {
    // The container did not answer within the time that SageMaker gives it.
    return /timed out/i.test(error.message)
      ? ['Timeout', 'the model took too long: send fewer or shorter texts at once']
      : ['ModelError', 'the model failed on this request'];
  }
  if (error.name === 'ValidationError' && /not found/i.test(error.message)) {
    return ['Unavailable', NO_MODEL];
  }
  return BY_NAME[error.name] ?? BY_NAME['code' in error ? String(error.code) : ''] ?? internal;
}
