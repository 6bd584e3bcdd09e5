import * as v from 'valibot';

/** What a header can carry: the digits of an artifact's hash, or the name of the job that traced it. */
export const versionSchema = v.pipe(v.string(), v.regex(/^[\w-]{1,100}$/));

const described = {
  version: v.pipe(
    v.nullable(versionSchema),
    v.description('As in X-Model-Version: the folder models/VERSION… of the artifacts bucket has the artifact.'),
  ),
  labels: v.pipe(v.array(v.string()), v.description('In the order of their ids.')),
  text_pair: v.pipe(v.boolean(), v.description('Whether it classifies pairs of texts.')),
  several_labels: v.pipe(v.boolean(), v.description('Whether a text may have several labels, or none.')),
  metrics: v.pipe(v.record(v.string(), v.number()), v.description('On the whole test split of its data.')),
  trained_at: v.pipe(v.nullable(v.string()), v.description('ISO 8601.')),
};

/** What the model on the endpoint says of itself: `describe` in contract.py of the training code. */
export const endpointDescriptionSchema = v.object({ ...described, model_data_url: v.nullable(v.string()) });

/** What GET /model answers. */
export const modelDescriptionSchema = v.object({
  ...described,
  deployed_at: v.pipe(
    v.nullable(v.string()),
    v.description('When it had passed its smoke test, in ISO 8601; null while it has not yet.'),
  ),
});

export type ModelDescription = v.InferOutput<typeof modelDescriptionSchema>;
