import * as v from 'valibot';
import { TaskError } from '../step-functions/errors';
import type { TaskContext } from '../step-functions/task';
import { FunctionNotFound, type LambdaProvider } from './lambda-provider';

/** What `arn:aws:states:::lambda:invoke` answers. */
export interface LambdaInvokeResult {
  readonly ExecutedVersion: '$LATEST';
  readonly Payload: unknown;
  readonly StatusCode: 200;
}

const invokeArguments = v.strictObject({ FunctionName: v.string(), Payload: v.optional(v.unknown()) });

/**
 * The task `arn:aws:states:::lambda:invoke`: Arguments `{FunctionName, Payload}`.
 *
 * @returns a handler that throws TaskError as Step Functions reports it: a function's error under its errorType with the error payload
 * as JSON in Cause, `Lambda.ResourceNotFoundException` for an unknown function, `States.Runtime` for other Arguments
 */
export function lambdaInvokeTask(
  functions: Pick<LambdaProvider, 'invoke'>,
): (parameters: unknown, task: Pick<TaskContext, 'signal'>) => Promise<LambdaInvokeResult> {
  return async (parameters, { signal }) => {
    const parsed = v.safeParse(invokeArguments, parameters);
    if (!parsed.success) {
      throw new TaskError('States.Runtime', `lambda:invoke cannot take these Arguments: ${parsed.issues[0].message}`);
    }
    const { FunctionName, Payload } = parsed.output;
    try {
      const { functionError, payload } = await functions.invoke(FunctionName, Payload, signal);
      if (functionError) throw new TaskError(payload.errorType, JSON.stringify(payload));
      return { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 };
    } catch (error) {
      if (error instanceof FunctionNotFound) throw new TaskError('Lambda.ResourceNotFoundException', error.message);
      throw error;
    }
  };
}
