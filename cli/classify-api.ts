import { setTimeout as pause } from 'node:timers/promises';
import { APIGatewayClient, GetApiKeyCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import * as v from 'valibot';
import type { ClassifyRequest } from '../lambda/shared/classify-request';
import { answerSchema, type EndpointAnswer } from '../lambda/shared/endpoint-answer';
import { type ModelDescription, modelDescriptionSchema } from '../lambda/shared/model-description';
import { CommandFailed } from '../local/run/failure';
import { stackOutputs, type Target } from './target';

/** How often a request is sent that the API has no time for. */
const MOST_TRIES = 6;

type Authorize = (method: string, url: URL, body: string | undefined) => Promise<Record<string, string>>;

/** The HTTP API of a classifier, with what it takes to be let in. */
export class ClassifyApi {
  private constructor(
    private readonly url: URL,
    private readonly authorize: Authorize,
  ) {}

  /**
   * Finds the API of the local run, or of the deployed stacks by their outputs.
   *
   * @throws CommandFailed when there is none
   */
  static async of(target: Target): Promise<ClassifyApi> {
    const { local, names } = target;
    if (local !== undefined) {
      if (local.classifyUrl === undefined) {
        throw new CommandFailed('The local run serves nothing: start it without --once.');
      }
      return new ClassifyApi(
        new URL(local.classifyUrl),
        local.apiKey === undefined ? signed(target) : withKey(local.apiKey),
      );
    }
    const { ClassifyUrl, ApiKeyId } = await stackOutputs(names.apiStack, target);
    if (ClassifyUrl === undefined) {
      throw new CommandFailed(`The stack ${names.apiStack} has no output ClassifyUrl: deploy it again.`);
    }
    return new ClassifyApi(
      new URL(ClassifyUrl),
      ApiKeyId === undefined ? signed(target) : withKey(await readKey(ApiKeyId, target)),
    );
  }

  /**
   * Classifies texts, or pairs of texts.
   *
   * @returns the labels of each with their scores, highest first
   * @throws CommandFailed with what the API says of the request or of itself
   */
  async classify(inputs: ClassifyRequest['inputs']): Promise<EndpointAnswer> {
    return v.parse(answerSchema, await this.send('POST', this.url, JSON.stringify({ inputs })));
  }

  /** What the model in service is. */
  async model(): Promise<ModelDescription> {
    return v.parse(modelDescriptionSchema, await this.send('GET', new URL('model', this.url)));
  }

  private async send(method: string, url: URL, body?: string): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      const headers = { 'content-type': 'application/json', ...(await this.authorize(method, url, body)) };
      const response = await fetch(url, { method, headers, body }).catch((error: unknown) => {
        const { cause } = error as { cause?: Error };
        throw new CommandFailed(`${url.href} cannot be reached: ${cause?.message ?? String(error)}.`);
      });
      const text = await response.text();
      if (response.ok) {
        return JSON.parse(text) as unknown;
      }
      if (response.status !== 429 || tries === MOST_TRIES) {
        throw new CommandFailed(`The classifier answered ${response.status}: ${reasonIn(text)}.`);
      }
      await pause(1000 * Number(response.headers.get('retry-after') ?? 1));
    }
  }
}

function reasonIn(body: string): string {
  try {
    const { error, message } = JSON.parse(body) as { error?: string; message?: string };
    return error ?? message ?? body;
  } catch {
    return body;
  }
}

function withKey(key: string): Authorize {
  return () => Promise.resolve({ 'x-api-key': key });
}

async function readKey(apiKey: string, { settings }: Target): Promise<string> {
  const { value } = await new APIGatewayClient(settings).send(new GetApiKeyCommand({ apiKey, includeValue: true }));
  if (value === undefined) {
    throw new CommandFailed(`The API key ${apiKey} has no value.`);
  }
  return value;
}

/** Signs with the credentials that the SDK finds, for an API with `api.authorization` of `iam`. */
function signed({ settings }: Target): Authorize {
  const { config } = new CloudFormationClient(settings);
  const signer = new SignatureV4({
    service: 'execute-api',
    region: config.region,
    credentials: config.credentials,
    sha256: Hash.bind(null, 'sha256'),
  });
  return async (method, url, body) => {
    const request = new HttpRequest({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host },
      body,
    });
    const { headers } = await signer.sign(request);
    // fetch sets it, to the same.
    const { host: _, ...others } = headers;
    return others;
  };
}
