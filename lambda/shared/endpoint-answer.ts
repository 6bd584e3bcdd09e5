import * as v from 'valibot';

/** Of what `parseEndpointAnswer` reads. */
export const answerSchema = v.array(v.array(v.object({ label: v.string(), score: v.pipe(v.number(), v.finite()) })));

/** For each text, its labels with their scores, highest first; none where a text may have several and has none. */
export type EndpointAnswer = v.InferOutput<typeof answerSchema>;

/**
 * Reads what the endpoint answered to `{"inputs": [...]}`.
 *
 * @param inputs how many texts were sent
 * @returns the answer, or undefined when it is anything but one list of labels and scores for each text
 */
export function parseEndpointAnswer(body: Uint8Array, inputs: number): EndpointAnswer | undefined {
  const result = v.safeParse(answerSchema, parseJson(body));
  return result.success && result.output.length === inputs ? result.output : undefined;
}

/** What the endpoint wrote, or undefined when it is not JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
