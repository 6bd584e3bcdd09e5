import { isAwsError } from '../shared/aws-error';

/**
 * What CloudWatch Logs answers; undefined for what is not there: SageMaker makes a group when it first writes to it, and
 * somebody else may delete the same at the same time.
 */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAwsError(error, 'ResourceNotFoundException')) return undefined;
    throw error;
  }
}
