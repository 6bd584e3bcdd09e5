import * as v from 'valibot';
import { ValidationException } from './sagemaker-error';

/** The name of a job, model, endpoint or anything else in SageMaker. */
export const resourceName = v.pipe(v.string(), v.regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/));

/**
 * A request that the schema admits.
 *
 * @throws ValidationException in SageMaker's words, with every member that is wrong or that the stand-in does not carry out
 */
export function parseRequest<Schema extends v.GenericSchema>(schema: Schema, request: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, request);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => {
    const value = issue.received === 'undefined' ? 'null' : JSON.stringify(issue.input);
    return `Value ${value} at '${v.getDotPath(issue) ?? 'request'}' failed to satisfy constraint: ${constraint(issue)}`;
  });
  throw new ValidationException(
    `${faults.length} validation error${faults.length > 1 ? 's' : ''} detected: ${faults.join('; ')}`,
  );
}

function constraint(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return 'Member must be one that the local SageMaker carries out or records';
  }
  if (issue.received === 'undefined') return 'Member must not be null';
  if (issue.type === 'regex') return `Member must satisfy regular expression pattern: ${issue.expected ?? ''}`;
  return `Member must be ${issue.expected ?? issue.message}`;
}
