import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Answer {
  readonly label: string;
  /** From 0 to 1. */
  readonly score: number;
}

const signer = new SignatureV4({
  service: 'execute-api',
  region: fromEnvironment('AWS_REGION'),
  // Of the function's role, which was granted to classify.
  credentials: {
    accessKeyId: fromEnvironment('AWS_ACCESS_KEY_ID'),
    secretAccessKey: fromEnvironment('AWS_SECRET_ACCESS_KEY'),
    sessionToken: process.env['AWS_SESSION_TOKEN'],
  },
  sha256: Hash.bind(null, 'sha256'),
});

/**
 * Asks a classifier whose `api.authorization` is `iam` for the labels of a text, the best first.
 *
 * @param classifyUrl of the construct
 */
export async function classify(classifyUrl: string, text: string): Promise<readonly [Answer, ...Answer[]]> {
  const { protocol, host, hostname, pathname } = new URL(classifyUrl);
  const body = JSON.stringify({ inputs: text });
  const request = new HttpRequest({
    method: 'POST',
    protocol,
    hostname,
    path: pathname,
    headers: { host, 'content-type': 'application/json' },
    body,
  });
  const { headers } = await signer.sign(request);
  const response = await fetch(classifyUrl, { method: 'POST', headers, body });
  if (!response.ok) {
    throw new Error(`${host} answered ${response.status}: ${await response.text()}`);
  }
  const [answers] = (await response.json()) as [[Answer, ...Answer[]]];
  return answers;
}

export function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`the function's environment lacks ${name}`);
  }
  return value;
}
