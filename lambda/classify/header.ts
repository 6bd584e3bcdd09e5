import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Of an answer: the indexes of the inputs that were cut, `0,3`. Of 256 inputs at most, it has less than 1 kB. */
export const TRUNCATED_INPUTS = 'X-Truncated-Inputs';
/** The same of the inputs whose best score is below `parameters.min_score`. */
export const UNCERTAIN_INPUTS = 'X-Uncertain-Inputs';
/** The version of the model that answered. */
export const MODEL_VERSION = 'X-Model-Version';

/** A header's value; the gateway hands names over as the client wrote them, in any case. */
export function findHeader({ headers }: APIGatewayProxyEvent, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
