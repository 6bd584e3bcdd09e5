/** An error of CloudFormation's API: `name` is the code that clients see, `status` the HTTP status. */
export class CloudFormationError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** The one code that CloudFormation answers for a wrong template, a wrong parameter and a stack in the wrong state alike. */
export class ValidationError extends CloudFormationError {
  constructor(message: string) {
    super('ValidationError', message);
  }
}
