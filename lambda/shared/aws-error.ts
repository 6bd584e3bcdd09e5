import { isNativeError } from 'node:util/types';

/**
 * Whether an error came from AWS under this name, for the errors that an SDK client has no class for
 * (`ValidationError`, `AccessDenied`) as well as for those it has.
 */
export function isAwsError(error: unknown, ...names: readonly string[]): error is Error {
  return isNativeError(error) && names.includes(error.name);
}

/** Whether SageMaker says that there is no such resource, for which it has no error of its own. */
export function isNotInSageMaker(error: unknown): error is Error {
  return isAwsError(error, 'ValidationException', 'ValidationError') && /could not find/i.test(error.message);
}
