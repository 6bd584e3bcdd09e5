/** The account and region that everything of the local cloud lives in. */
export const account = '000000000000';
export const region = 'us-east-1';

/** The keys that the account accepts: its own, and those that AssumeRole lends. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
export const lentCredentials = { accessKeyId: 'ASIALOCAL', secretAccessKey: 'local', sessionToken: 'local' };
