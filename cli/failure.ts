import { isNativeError } from 'node:util/types';
import { InvalidDataset } from '../lambda/shared/step-errors';
import { sentenceOf as sentenceOfThisMachine } from '../local/run/failure';

/** What the credentials' own names for "not these" have in common. */
const REFUSED_CREDENTIALS =
  /^(?:ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|AuthFailure)/;

/**
 * What went wrong, in one sentence for the person at the terminal.
 *
 * @returns undefined for what no one has foreseen: a fault of this program
 */
export function sentenceOf(error: unknown): string | undefined {
  return error instanceof InvalidDataset ? error.message : (sentenceOfThisMachine(error) ?? awsProblem(error));
}

/** The same of a call of AWS; undefined for an error that did not come from one. */
export function awsProblem(error: unknown): string | undefined {
  if (!isNativeError(error)) {
    return undefined;
  }
  const { name, message } = error;
  if (name === 'CredentialsProviderError' || message.includes('Could not load credentials')) {
    return 'There are no AWS credentials: sign in with "aws configure" or "aws sso login", or name a profile in AWS_PROFILE.';
  }
  if (message === 'Region is missing') {
    return 'No AWS region is set: name one in AWS_REGION, or in the profile with "aws configure set region …".';
  }
  if (REFUSED_CREDENTIALS.test(name)) {
    return `AWS does not accept these credentials (${name}): sign in again.`;
  }
  if (message.includes('connect ECONNREFUSED 127.0.0.1:')) {
    return 'The local run has ended: start it again with "npx classifier start", and then this command.';
  }
  if (
    'code' in error &&
    ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'].includes(String(error.code))
  ) {
    return `AWS cannot be reached (${message}): check the network, and that the region exists.`;
  }
  return '$metadata' in error ? `AWS answered: ${message || name}` : undefined;
}
