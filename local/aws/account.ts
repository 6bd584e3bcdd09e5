/** The account and region that everything of the local cloud lives in. */
export const account = '000000000000';
export const region = 'us-east-1';
