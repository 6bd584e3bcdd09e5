import * as v from 'valibot';
import { answerSchema, parseJson } from '../shared/endpoint-answer';
import { versionSchema } from '../shared/model-description';

/** What asks the endpoint for details: contract.py of the training code. */
export const ACCEPT_DETAILS = 'application/json;details=true';

const indexes = v.array(v.pipe(v.number(), v.integer(), v.minValue(0)));
const detailedAnswerSchema = v.object({
  predictions: answerSchema,
  truncated_inputs: indexes,
  uncertain_inputs: indexes,
  /** The endpoint's own word, and not what is deployed: while one model replaces another, either may answer. */
  model_version: v.optional(v.nullable(versionSchema), null),
});

/**
 * The predictions, the indexes of the inputs that were cut, and of those whose best score is below `min_score`, and the
 * version of the model that made them.
 */
export type DetailedAnswer = v.InferOutput<typeof detailedAnswerSchema>;

/**
 * Reads what the endpoint answered with details.
 *
 * @param inputs how many texts were sent
 * @returns the answer, or undefined when it is anything else
 */
export function parseDetailedAnswer(body: Uint8Array, inputs: number): DetailedAnswer | undefined {
  const value = parseJson(body);
  // Artifacts of before know no details, and take no request for what they would tell.
  const answer = Array.isArray(value) ? { predictions: value, truncated_inputs: [], uncertain_inputs: [] } : value;
  const result = v.safeParse(detailedAnswerSchema, answer);
  return result.success && result.output.predictions.length === inputs ? result.output : undefined;
}
