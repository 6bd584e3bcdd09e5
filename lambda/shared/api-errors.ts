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
