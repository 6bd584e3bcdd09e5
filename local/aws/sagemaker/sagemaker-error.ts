/** An error as the SageMaker API answers it: `code` is the exception's name, `status` the HTTP status. */
export class SageMakerError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
    this.name = code;
  }
}

export class ValidationException extends SageMakerError {
  constructor(message: string) {
    super('ValidationException', message);
  }
}
