import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback } from '../aws/loopback';
import { CommandFailed } from './failure';
import type { Distribution } from '../aws/cloudfront/distribution';
import type { HttpAnswer, RestApi } from '../aws/api-gateway/rest-api';

/** API Gateway's own limit. */
const LARGEST_BODY = 10 * 1024 * 1024;

export interface Gateway {
  /** `http://localhost:PORT`. */
  readonly url: string;
  /** From now on this API answers, with what may be in front of it; before, every request gets 503. */
  serve(restApi: RestApi, distribution?: Distribution): void;
  /** From now on these pages come first. */
  show(pages: OwnPages): void;
  close(): Promise<void>;
}

/** Pages of the local run's own beside the API. */
export interface OwnPages {
  /** Answers a request for one of them; false where it is for something else. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/**
 * Opens the port that the API is served on. It is opened before anything is trained, so that a port in use is told at
 * once.
 *
 * @param port 0 lets the operating system choose
 * @throws CommandFailed when the port is in use, or is not this user's to open
 */
export async function openGateway(port: number): Promise<Gateway> {
  let restApi: RestApi | undefined;
  let distribution: Distribution | undefined;
  let ownPages: OwnPages | undefined;
  const server = createServer((request, response) => {
    const answered = async (): Promise<void> => {
      if (!(await ownPages?.answer(request, response))) {
        send(response, await answer(request, restApi, distribution));
      }
    };
    answered().catch((error: unknown) => {
      // Told on the console, never to the caller.
      console.error(error);
      send(response, unavailable(500, 'Internal', 'something failed on our side'));
    });
  });
  const opened = await listenOnLoopback(server, port).catch((error: unknown) => {
    throw new CommandFailed(portProblem(port, error as NodeJS.ErrnoException));
  });
  return {
    url: `http://localhost:${opened}`,
    serve: (api, inFront) => {
      restApi = api;
      distribution = inFront;
    },
    show: (shown) => {
      ownPages = shown;
    },
    close: () => closeServer(server),
  };
}

function portProblem(port: number, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use: choose another with --port.`;
    case 'EACCES':
      return `Port ${port} needs more rights than this user has: choose one above 1023 with --port.`;
    default:
      return `Port ${port} cannot be opened: ${error.message}.`;
  }
}

async function answer(
  request: IncomingMessage,
  restApi: RestApi | undefined,
  distribution: Distribution | undefined,
): Promise<HttpAnswer> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (restApi === undefined) {
    return unavailable(503, 'Unavailable', 'the local run is starting: try again in a moment');
  }
  return restApi.answer({
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    rawHeaders: distribution?.originHeaders(request.rawHeaders) ?? request.rawHeaders,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
    body: await readBody(request),
  });
}

function unavailable(status: number, errorType: string, error: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...(status === 503 ? { 'retry-after': '5' } : {}) },
    body: JSON.stringify({ error, error_type: errorType }),
  };
}

/** @returns undefined when the body is too long; the rest of it is read and dropped, so that the client hears the answer */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LARGEST_BODY) {
      chunks.push(chunk);
    }
  }
  return length <= LARGEST_BODY ? Buffer.concat(chunks) : undefined;
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, headers as Record<string, string | string[]>);
  response.end(body);
}
