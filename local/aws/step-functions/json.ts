import { TaskError } from './errors';

/** What Step Functions lets one state, task or variable hold. */
export const LIMIT_BYTES = 256 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** Tells a JSON object from arrays, null and scalars. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The JSON text of what `producer` (a state or a task) hands on.
 * Throws States.DataLimitExceeded above the service's 256 KiB.
 */
export function jsonText(value: unknown, producer: string): string {
  // A handler without a result means null, as a Lambda that returns nothing does.
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) > LIMIT_BYTES) {
    throw new TaskError(
      'States.DataLimitExceeded',
      `The state/task '${producer}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    );
  }
  return text;
}
