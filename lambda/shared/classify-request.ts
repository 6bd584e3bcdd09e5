import * as v from 'valibot';
import { objectOf, realNumber } from './validation';

/** The most that one request may have; beyond it, the answer is 413. */
export const MOST_BYTES = 256_000;
export const MOST_INPUTS = 256;

const text = v.pipe(
  v.string('must be a string'),
  v.regex(/\S/, 'must not be empty'),
  v.check((value) => value.isWellFormed(), 'must be valid Unicode: it has half of a surrogate pair'),
);
/** Two texts that are classified together, as Hugging Face has it. */
const pair = objectOf({ text, text_pair: text });

const A_LIST = 'must be a string, an object with text and text_pair, or a list of either';
const texts = v.pipe(v.array(text, A_LIST), v.minLength(1, 'must not be empty'));
const pairs = v.pipe(v.array(pair, A_LIST), v.minLength(1, 'must not be empty'));

/** All that inputs may be: `inputsSchema` takes one of them, so that its issues are about that one alone. */
export const INPUTS = { text, pair, texts, pairs };

/** A list is of what its first is. */
export const inputsSchema = v.lazy((value) => {
  if (Array.isArray(value)) {
    return isObject(value[0]) ? pairs : texts;
  }
  return isObject(value) ? pair : typeof value === 'string' ? text : texts;
});

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const TOP_K = 'must be a whole number of at least 1';

/** The body of POST /classify. */
export const requestSchema = objectOf({
  inputs: v.pipe(inputsSchema, v.description('What to classify: texts, or pairs of them where the model reads pairs.')),
  parameters: v.optional(
    v.pipe(
      objectOf({
        top_k: v.optional(
          v.pipe(
            v.number(TOP_K),
            v.integer(TOP_K),
            v.minValue(1, TOP_K),
            v.description('How many labels are named; without it all, or of several labels a text those that apply.'),
          ),
        ),
        function_to_apply: v.optional(
          v.pipe(
            v.picklist(['softmax', 'sigmoid', 'none'], 'must be softmax, sigmoid or none'),
            v.description('What makes scores of logits; `none` gives the logits. Without it, the one of the model.'),
          ),
        ),
        overflow: v.optional(
          v.pipe(
            v.picklist(['truncate', 'error', 'window'], 'must be truncate, error or window'),
            v.description('What becomes of a text that is longer than the model takes. Without it, as in training.'),
          ),
        ),
        min_score: v.optional(
          v.pipe(
            realNumber(0, 1),
            v.description('Inputs whose best score is below are told in the header X-Uncertain-Inputs.'),
          ),
        ),
      }),
      v.check(
        ({ function_to_apply, min_score }) => min_score === undefined || function_to_apply !== 'none',
        'must not have min_score beside the function_to_apply none, which gives logits and no scores',
      ),
    ),
    {},
  ),
});

/** What to classify, and how; `inputs` are a list by now. */
export interface ClassifyRequest {
  readonly inputs: readonly (string | Readonly<v.InferOutput<typeof pair>>)[];
  readonly parameters: v.InferOutput<typeof requestSchema>['parameters'];
}
