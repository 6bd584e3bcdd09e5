import { ApiError } from '../api-error';

/** The one code that CloudFormation answers for a wrong template, a wrong parameter and a stack in the wrong state alike. */
export class ValidationError extends ApiError {
  constructor(message: string) {
    super('ValidationError', message);
  }
}
