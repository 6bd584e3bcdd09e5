import { createHash } from 'node:crypto';
import { HttpRequest } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { credentials, lentCredentials, region } from '../account';
import { sessionOf } from '../iam/role-session';

/** How far the signer's clock may be off. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

const HASH_HEADER = 'x-amz-content-sha256';

export interface SignedRequest {
  readonly method: string;
  /** As it was sent: still percent-encoded, with the stage. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Answers the value of a header, whatever its case. */
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
}

/**
 * Checks a request's SigV4 signature in its header Authorization: it is right when one of the account's keys, or of its functions',
 * signing the same request, comes to the same. Whether a function may call the API is not asked.
 *
 * @param now milliseconds
 * @returns undefined when it is right, otherwise the gateway's answer
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
 */
export async function signatureProblem(
  request: SignedRequest,
  now: number,
): Promise<'MISSING_AUTHENTICATION_TOKEN' | 'INVALID_SIGNATURE' | undefined> {
  const authorization = request.header('authorization') ?? '';
  if (!authorization.startsWith('AWS4-HMAC-SHA256 ')) return 'MISSING_AUTHENTICATION_TOKEN';
  const [credential, signedHeaders] = [fieldOf(authorization, 'Credential'), fieldOf(authorization, 'SignedHeaders')];
  const [accessKeyId = ''] = credential.split('/');
  const ofFunction = sessionOf(accessKeyId) === undefined ? [] : [{ ...credentials, accessKeyId }];
  const keys = [credentials, lentCredentials, ...ofFunction].find((each) => each.accessKeyId === accessKeyId);
  const signed = signedHeaders.split(';');
  const signingDate = parseDate(request.header('x-amz-date') ?? '');
  const hash = signed.includes(HASH_HEADER) ? request.header(HASH_HEADER) : undefined;
  if (
    keys === undefined ||
    !['host', 'x-amz-date'].every((name) => signed.includes(name)) ||
    !(Math.abs(now - signingDate) <= CLOCK_SKEW_MS) ||
    (hash !== undefined && hash !== createHash('sha256').update(request.body).digest('hex'))
  ) {
    return 'INVALID_SIGNATURE';
  }
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: keys,
    sha256: Hash.bind(null, 'sha256'),
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    new HttpRequest({
      method: request.method,
      path: request.path,
      query: Object.fromEntries([...request.query.keys()].map((name) => [name, request.query.getAll(name)])),
      headers: Object.fromEntries(signed.map((name) => [name, request.header(name) ?? ''])),
      body: request.body,
    }),
    { signingDate: new Date(signingDate), signableHeaders: new Set(signed) },
  );
  const expected = headers['authorization'] ?? '';
  // Also the two that were read: the scope, and that nothing which must be signed (a lent key's token) was left out.
  const isSame = ['Credential', 'SignedHeaders', 'Signature'].every(
    (name) => fieldOf(authorization, name) === fieldOf(expected, name),
  );
  return isSame ? undefined : 'INVALID_SIGNATURE';
}

function fieldOf(authorization: string, name: string): string {
  return new RegExp(`[ ,]${name}=([^, ]+)`).exec(authorization)?.[1] ?? '';
}

/** Milliseconds of `20261231T235959Z`; NaN for another form. */
function parseDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
