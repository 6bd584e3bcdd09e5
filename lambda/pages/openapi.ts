import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { STATUS_CODES } from '../shared/api-errors';
import { INPUTS, inputsSchema, MOST_BYTES, MOST_INPUTS, requestSchema } from '../shared/classify-request';
import { answerSchema } from '../shared/endpoint-answer';
import { modelDescriptionSchema } from '../shared/model-description';

/** NotFound and Forbidden are API Gateway's own. */
const ERRORS = { ...STATUS_CODES, Forbidden: 403, NotFound: 404 } as const;
type ErrorType = keyof typeof ERRORS;

/** When each is answered, by the paths that there are. */
const WHEN: Readonly<Record<Exclude<ErrorType, 'NotFound'>, string>> = {
  BadRequest: 'The body is missing, is not JSON, or has no inputs.',
  Forbidden: 'There is no API key, or a wrong one.',
  PayloadTooLarge: `More than ${MOST_BYTES / 1000} kB, more than ${MOST_INPUTS} inputs, or an answer of more than 6 MB.`,
  UnsupportedMediaType: 'The content type is not JSON.',
  Validation: 'Well-formed, but a field is wrong, or the model in service does not accept it.',
  ModelError: 'The model failed.',
  Overloaded: 'Too many requests; Retry-After says how many seconds to wait.',
  Internal: 'Something failed on our side.',
  Unavailable: 'No model is in service yet, or it cannot be reached; Retry-After says how many seconds to wait.',
  Timeout: 'The model took too long.',
};

const errorSchema = v.object({
  error: v.pipe(v.string(), v.description('One sentence: what is wrong, and what to do.')),
  error_type: v.picklist(Object.keys(ERRORS)),
});

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

/** By name, what the functions check requests by, and what they answer. */
const SCHEMAS = {
  Text: INPUTS.text,
  Pair: INPUTS.pair,
  Texts: INPUTS.texts,
  Pairs: INPUTS.pairs,
  ClassifyRequest: requestSchema,
  Classifications: answerSchema,
  Model: modelDescriptionSchema,
  Error: errorSchema,
};

function schemas() {
  return toJsonSchemaDefs(SCHEMAS, {
    target: 'draft-2020-12',
    // What JSON Schema has no word for: checks of two fields at once, and of Unicode.
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema === inputsSchema
        ? {
            anyOf: Object.keys(INPUTS).map((kind) =>
              ref(
                'schemas',
                kind.replace(/^./, (letter) => letter.toUpperCase()),
              ),
            ),
          }
        : undefined,
    overrideRef: ({ referenceId }) => ref('schemas', referenceId).$ref,
  });
}

function errors(...types: readonly (keyof typeof WHEN)[]) {
  return Object.fromEntries(types.map((type) => [String(ERRORS[type]), ref('responses', type)]));
}

const json = (name: string, rest: object = {}) => ({
  content: { 'application/json': { schema: ref('schemas', name), ...rest } },
});
const OF_MODEL = { 'X-Model-Version': ref('headers', 'X-Model-Version') };
const indexes = (description: string) => ({ description, schema: { type: 'string', pattern: '^\\d+(,\\d+)*$' } });
const AFTER_MODEL = ['ModelError', 'Overloaded', 'Internal', 'Unavailable', 'Timeout'] as const;

/**
 * The description of the API in OpenAPI 3.1, made of the very schemas that check its requests.
 *
 * @param name of the classifier, for the title
 * @param takesBearerKeys whether there is an address that takes the API key as a bearer token too
 */
export function openApi(name: string, takesBearerKeys: boolean) {
  return {
    openapi: '3.1.0',
    info: {
      title: `${name}: text classification`,
      version: '1',
      description:
        'Classifies texts by the model in service. The answer is always nested, one list for each text, so that clients ' +
        'of Hugging Face take it as it is.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Beside this document, whatever the stage.
    servers: [{ url: '.' }],
    security: [{ ApiKey: [] }, ...(takesBearerKeys ? [{ BearerKey: [] }] : [])],
    paths: {
      '/classify': {
        post: {
          operationId: 'classify',
          summary: 'Classify texts',
          requestBody: {
            required: true,
            ...json('ClassifyRequest', {
              examples: {
                text: { summary: 'one text', value: { inputs: 'The queen praised himself.' } },
                texts: {
                  summary: 'several texts, and the best label of each',
                  value: { inputs: ['The dogs bark.', 'The dogs barks.'], parameters: { top_k: 1 } },
                },
              },
            }),
          },
          responses: {
            '200': {
              description: 'One list of labels and scores for each input, the highest first.',
              headers: {
                ...OF_MODEL,
                'X-Truncated-Inputs': ref('headers', 'X-Truncated-Inputs'),
                'X-Uncertain-Inputs': ref('headers', 'X-Uncertain-Inputs'),
              },
              ...json('Classifications'),
            },
            ...errors(
              'BadRequest',
              'Forbidden',
              'PayloadTooLarge',
              'UnsupportedMediaType',
              'Validation',
              ...AFTER_MODEL,
            ),
          },
        },
      },
      '/model': {
        get: {
          operationId: 'describeModel',
          summary: 'Tell what is in service',
          responses: {
            '200': { description: 'The model that would classify now.', headers: OF_MODEL, ...json('Model') },
            ...errors('Forbidden', 'Validation', ...AFTER_MODEL),
          },
        },
      },
    },
    components: {
      schemas: schemas(),
      headers: {
        'X-Model-Version': { description: 'Of the model that answered.', schema: { type: 'string' } },
        'X-Truncated-Inputs': indexes('The inputs that were longer than the model takes and were cut, from 0.'),
        'X-Uncertain-Inputs': indexes('The inputs whose best score is below min_score, from 0.'),
      },
      responses: Object.fromEntries(
        Object.entries(WHEN).map(([type, description]) => [
          type,
          {
            description,
            ...(['Overloaded', 'Unavailable'].includes(type) && {
              headers: { 'Retry-After': { description: 'In seconds.', schema: { type: 'integer' } } },
            }),
            ...json('Error'),
          },
        ]),
      ),
      securitySchemes: {
        ApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        ...(takesBearerKeys && {
          BearerKey: {
            type: 'http',
            scheme: 'bearer',
            description: "The API key as a bearer token, at the address that is the stack's output BearerUrl.",
          },
        }),
      },
    },
  };
}

export type OpenApi = ReturnType<typeof openApi>;
