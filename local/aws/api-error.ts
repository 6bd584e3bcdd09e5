/** An error of a service's API: `name` is the code that clients see, `status` the HTTP status. */
export class ApiError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}
