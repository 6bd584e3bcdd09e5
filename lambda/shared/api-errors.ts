import * as v from 'valibot';

/** The errors that the classify function answers, `error_type` in their body, with their status codes. */
export const STATUS_CODES = {
  BadRequest: 400,
  PayloadTooLarge: 413,
  UnsupportedMediaType: 415,
  Validation: 422,
  ModelError: 424,
  Overloaded: 429,
  Internal: 500,
  Unavailable: 503,
  Timeout: 504,
} as const;

/** Those that API Gateway alone answers. */
export const GATEWAY_STATUS_CODES = { Forbidden: 403, NotFound: 404 } as const;

/** The body of each of them. */
export const errorSchema = v.object({
  error: v.pipe(v.string(), v.description('One sentence: what is wrong, and what to do.')),
  error_type: v.picklist([
    ...(Object.keys(STATUS_CODES) as (keyof typeof STATUS_CODES)[]),
    ...(Object.keys(GATEWAY_STATUS_CODES) as (keyof typeof GATEWAY_STATUS_CODES)[]),
  ]),
});
