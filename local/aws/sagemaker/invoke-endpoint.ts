import { account } from '../account';
import { SageMakerError } from './sagemaker-error';

/** A request to or an answer from a model server. */
export interface Invocation {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const INVOCATION_TIMEOUT_MS = 60_000;

/** A model server's refusal or failure, as the runtime API wraps it. */
export class ModelError extends SageMakerError {
  constructor(
    endpointName: string,
    readonly originalStatusCode: number,
    readonly originalMessage: string,
  ) {
    const kind = originalStatusCode >= 400 && originalStatusCode < 500 ? 'client' : 'server';
    super(
      'ModelError',
      `Received ${kind} error (${originalStatusCode}) from primary with message "${originalMessage}". See the log of the endpoint ${endpointName} in account ${account} for more information.`,
      424,
    );
  }
}

/**
 * Passes a request on to an endpoint's model server.
 *
 * @param url of the server; undefined while it is being started again
 * @throws SageMakerError as the runtime API does: ModelError for an answer of 400 or more and for one that takes over 60 seconds,
 * ServiceUnavailable while nobody listens
 */
export async function invokeContainer(
  endpointName: string,
  url: string | undefined,
  { body, headers }: Invocation,
): Promise<Invocation> {
  if (url === undefined) throw startingAgain();
  try {
    const response = await fetch(`${url}/invocations`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers,
      signal: AbortSignal.timeout(INVOCATION_TIMEOUT_MS),
    });
    const answer = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new ModelError(endpointName, response.status, answer.toString());
    return {
      body: answer,
      headers: { 'content-type': response.headers.get('content-type') ?? 'application/octet-stream' },
    };
  } catch (error) {
    if (error instanceof ModelError) throw error;
    if (isRefusedConnection(error)) throw startingAgain();
    // SageMaker's numbers and words for a container that does not answer, or drops the connection.
    throw error instanceof Error && error.name === 'TimeoutError'
      ? new ModelError(
          endpointName,
          0,
          'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.',
        )
      : new ModelError(endpointName, 500, 'The container closed the connection.');
  }
}

function startingAgain(): SageMakerError {
  return new SageMakerError('ServiceUnavailable', 'The model server is starting again.', 503);
}

/** Nobody listens: the server died, and has not been started again yet. */
function isRefusedConnection(error: unknown): boolean {
  const cause: unknown = error instanceof TypeError ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ECONNREFUSED';
}
