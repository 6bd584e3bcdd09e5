import * as v from 'valibot';

/** How a model may be served: `serving.profile` of the configuration. */
export const SERVING_PROFILES = ['elastic-inference', 'cpu', 'gpu', 'serverless'] as const;

const servingSettingsSchema = v.object({
  profile: v.picklist(SERVING_PROFILES),
  /** What to do with a model that cannot be traced for the accelerator; null where no profile asks. */
  untraceableModel: v.nullable(v.picklist(['cpu', 'refuse'])),
  /** Of a serverless container; null for an instance. */
  memorySizeInMb: v.nullable(v.number()),
  /** The serving image's interpreter, such as `cp312`; null where it is not known. */
  python: v.nullable(v.string()),
});

/** What the functions must know of how this application serves. */
export type ServingSettings = v.InferOutput<typeof servingSettingsSchema>;

/** What an execution settled on, `$.serving` of the state machine. */
export interface Serving {
  readonly profile: ServingSettings['profile'];
  /** "none" for no accelerator. */
  readonly accelerator: string;
  /** What the endpoint serves. */
  readonly modelDataUrl: string;
  /** The accelerated endpoint configuration to use, or '' for the serving stack's own. */
  readonly endpointConfigName: string;
  /** Why there is no accelerator although one is configured. */
  readonly reason: string | null;
}

/** Reads the environment variable SERVING, which the stack writes. */
export function parseServingSettings(json: string): ServingSettings {
  return v.parse(servingSettingsSchema, JSON.parse(json));
}

/**
 * The architectures that tracing can rebuild on PyTorch 1.3.1, which knows none of today's Transformers: `model_type` of
 * config.json. See training-code/tracing.
 */
const TRACEABLE_MODEL_TYPES: readonly string[] = ['bert'];

/**
 * Why a model cannot be traced for the accelerator; undefined when it can, as far as is known.
 *
 * @param modelType undefined where it is not known
 * @param pairs whether it classifies pairs of texts
 * @param inWindows whether it was trained to read long texts in windows, which are longer than a traced model takes
 */
export function whyUntraceable(modelType: string | undefined, pairs: boolean, inWindows: boolean): string | undefined {
  if (pairs) {
    return 'a model of pairs of texts cannot be traced for Elastic Inference';
  }
  if (inWindows) {
    return 'a model that reads long texts in windows cannot be traced for Elastic Inference';
  }
  return modelType === undefined || TRACEABLE_MODEL_TYPES.includes(modelType)
    ? undefined
    : `a model of type ${modelType} cannot be traced for Elastic Inference, only ${TRACEABLE_MODEL_TYPES.join(', ')}`;
}
