import { STATUS_CODES } from '../shared/api-errors';

/**
 * An error that the API answers. Its message goes to the client: one sentence, without a name of AWS's and without any
 * of the request's text. The cause stays here.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly type: keyof typeof STATUS_CODES,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get statusCode(): number {
    return STATUS_CODES[this.type];
  }
}
