import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { closeServer, listenOnLoopback } from './loopback';

/** One stand-in for an AWS service: answers the requests that an SDK client signed for it. */
export interface AwsService {
  /** By name: what it carries out. */
  readonly operations: Readonly<Record<string, unknown>>;
  handle(request: AwsRequest): Promise<AwsResponse>;
}

/** `path` is raw (still percent-encoded); `body` is the raw request stream, which the service reads itself. */
export interface AwsRequest {
  /** Of the signature: who asks. */
  readonly accessKeyId: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
}

export interface AwsServer {
  /** `http://127.0.0.1:PORT`, the value for AWS_ENDPOINT_URL. */
  readonly url: string;
  /** Refuses new connections, drops the open ones and resolves when the port is free. */
  close(): Promise<void>;
}

/**
 * Serves all services on one port of 127.0.0.1, chosen by the operating system.
 *
 * A request is dispatched by the service name in the credential scope of its SigV4 signature (`s3`, `cloudformation`, `states`, ...), the
 * key in `services`. The signature itself is not verified: loopback is the boundary. An unsigned request and an unknown service are
 * answered with 403 and 404 and a message that names them; an error that a service throws is a 500 InternalFailure with its message.
 */
export async function startAwsServer(services: Readonly<Record<string, AwsService>>): Promise<AwsServer> {
  const server = createServer((message, response) => {
    void serve(services, message, response);
  });
  // Uploads and long polls take as long as they take.
  server.requestTimeout = 0;
  const port = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => closeServer(server),
  };
}

async function serve(
  services: Readonly<Record<string, AwsService>>,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await send(response, await dispatch(services, message));
  } catch (error) {
    // Half an answer is out already or the client is gone: cutting the connection is the only honest signal left.
    response.destroy(error instanceof Error ? error : undefined);
  }
}

async function dispatch(
  services: Readonly<Record<string, AwsService>>,
  message: IncomingMessage,
): Promise<AwsResponse> {
  const url = new URL(message.url ?? '/', 'http://127.0.0.1');
  const scope = credentialScope(message.headers.authorization ?? url.searchParams.get('X-Amz-Credential') ?? '');
  if (scope === undefined) {
    return failure(
      403,
      'MissingAuthenticationToken',
      'the request carries no SigV4 signature, so it is for no known service',
    );
  }
  const service = services[scope.service];
  if (!service) {
    const known = Object.keys(services).sort().join(', ');
    return failure(404, 'UnknownService', `the local cloud has no service "${scope.service}"; it has ${known}`);
  }
  try {
    return await service.handle({
      accessKeyId: scope.accessKeyId,
      method: message.method ?? 'GET',
      path: (message.url ?? '/').split('?', 1)[0] ?? '/',
      query: url.searchParams,
      headers: message.headers,
      body: message,
    });
  } catch (error) {
    return failure(500, 'InternalFailure', error instanceof Error ? error.message : String(error));
  }
}

interface CredentialScope {
  readonly accessKeyId: string;
  readonly service: string;
}

/** A credential scope `KEY/DATE/REGION/SERVICE/aws4_request`, in a header or a presigned query. */
function credentialScope(authorization: string): CredentialScope | undefined {
  const pattern = /(?:^|\bCredential=)([^/\s]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;
  const [, accessKeyId, service] = pattern.exec(authorization) ?? [];
  return accessKeyId === undefined || service === undefined ? undefined : { accessKeyId, service };
}

/** Readable by the JSON and REST protocols' clients; the XML clients show the status and the text. */
function failure(status: number, type: string, message: string): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
    body: JSON.stringify({ __type: type, message }),
  };
}

async function send(response: ServerResponse, answer: AwsResponse): Promise<void> {
  response.writeHead(answer.status, answer.headers);
  if (answer.body instanceof Readable) await pipeline(answer.body, response);
  else response.end(answer.body);
}
