import * as v from 'valibot';

const scores = v.array(v.array(v.pipe(v.number(), v.finite())));

/**
 * `reference.json` of an artifact: texts, or pairs of them, with the scores of each form that may serve, in the order of `labels`
 * (training-code/source/reference.py).
 */
export const referenceSchema = v.object({
  texts: v.pipe(
    v.array(v.union([v.string(), v.object({ text: v.string(), text_pair: v.string() })])),
    v.minLength(1),
    v.maxLength(100),
  ),
  labels: v.array(v.string()),
  scores: v.record(v.picklist(['fp32', 'int8']), scores),
});

export type Reference = v.InferOutput<typeof referenceSchema>;

/** The reference of a model that the quality gate stored, which it puts beside the archive. */
export function referenceUrl(modelDataUrl: string): string {
  return modelDataUrl.replace(/[^/]*$/, 'reference.json');
}
