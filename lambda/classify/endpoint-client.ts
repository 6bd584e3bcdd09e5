import { addAbortSignal, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';

const MOST_ATTEMPTS = 2;
const LONGEST_PAUSE_MILLISECONDS = 100;

export interface EndpointClientOptions {
  /** Of the SageMaker runtime. */
  readonly url: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The SageMaker runtime refused or failed; `name` is its own word for it, such as `ThrottlingException`. */
export class EndpointFault extends Error {
  constructor(
    override readonly name: string,
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * InvokeEndpoint, of the parts that the AWS SDK's client is made of. The client as a whole makes a cold start twice as
 * long, and each request too, and does no more for this one operation.
 */
export class EndpointClient {
  readonly #url: URL;
  readonly #signer: SignatureV4;
  readonly #http = new NodeHttpHandler();

  constructor({ url, region, credentials }: EndpointClientOptions) {
    this.#url = new URL(url);
    this.#signer = new SignatureV4({ service: 'sagemaker', region, credentials, sha256: Hash.bind(null, 'sha256') });
  }

  /**
   * Asks an endpoint, and once more when what went wrong may be over in a moment.
   *
   * @param body JSON
   * @returns the answer's bytes
   * @throws EndpointFault, Node's error when there was no answer, AbortError
   */
  async invoke(endpointName: string, body: string, abortSignal: AbortSignal): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#ask(endpointName, body, abortSignal);
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !mayPass(error)) {
          throw error;
        }
        await pause(Math.random() * LONGEST_PAUSE_MILLISECONDS, undefined, { signal: abortSignal });
      }
    }
  }

  async #ask(endpointName: string, body: string, abortSignal: AbortSignal): Promise<Uint8Array> {
    const signed = await this.#signer.sign(
      new HttpRequest({
        method: 'POST',
        protocol: this.#url.protocol,
        hostname: this.#url.hostname,
        port: this.#url.port === '' ? undefined : Number(this.#url.port),
        path: `/endpoints/${encodeURIComponent(endpointName)}/invocations`,
        headers: {
          host: this.#url.host,
          accept: 'application/json',
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        },
        body,
      }),
    );
    const { response } = await this.#http.handle(new HttpRequest(signed), { abortSignal });
    const answer = await buffer(addAbortSignal(abortSignal, response.body as Readable));
    if (response.statusCode >= 300) {
      throw faultOf(response, answer);
    }
    return answer;
  }
}

function faultOf({ statusCode, headers }: HttpResponse, body: Buffer): EndpointFault {
  const name = headers['x-amzn-errortype']?.replace(/[:,].*$/, '') ?? 'UnknownError';
  return new EndpointFault(name, statusCode, body.toString());
}

function mayPass(error: unknown): boolean {
  if (error instanceof EndpointFault) {
    return error.status >= 500 || error.status === 429 || error.name.startsWith('Throttling');
  }
  // Node's errors of a connection have a code; so has an abort.
  return isNativeError(error) && 'code' in error && error.name !== 'AbortError';
}
