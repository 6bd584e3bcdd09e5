import { isNativeError } from 'node:util/types';
import { ApiError } from './api-error';
import { SageMakerRuntimeServiceException } from './sagemaker-runtime.vendor';

/** In seconds; a client that does not wait would only add to what is wrong. */
const RETRY_AFTER: Partial<Record<ApiError['type'], string>> = { Overloaded: '1', Unavailable: '30' };

/** What is answered where nothing else can be. */
export interface Failure {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly error: ApiError;
}

/** The answer to a request that something was thrown at. */
export function failureOf(thrown: unknown): Failure {
  const error =
    thrown instanceof ApiError ? thrown : new ApiError('Internal', 'something failed on our side', { cause: thrown });
  const retryAfter = RETRY_AFTER[error.type];
  return {
    statusCode: error.statusCode,
    headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter },
    body: JSON.stringify({ error: error.message, error_type: error.type }),
    error,
  };
}

/** For the log: where it went wrong, but never the message of what caused it, which may quote the request's text. */
export function describeError({ type, cause }: ApiError): object {
  if (!isNativeError(cause)) {
    return { error: type };
  }
  const frames = cause.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    error: type,
    cause: cause.name,
    // What AWS's support asks for.
    ...(cause instanceof SageMakerRuntimeServiceException && { awsRequestId: cause.$metadata.requestId }),
    ...(type === 'Internal' && { frames }),
  };
}
