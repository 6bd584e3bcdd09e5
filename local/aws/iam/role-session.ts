import { account } from '../account';

/** Who a request comes from: a role, as whatever has assumed it. */
export interface RoleSession {
  readonly role: string;
  /** A function's session has the function's name. */
  readonly session: string;
}

/** The id of the access key that a role's session signs with. It says whose it is, where AWS's must be looked up. */
export function accessKeyOf(roleArn: string, session: string): string {
  return `role:${roleArn.split('/').at(-1)}:${session}`;
}

/** undefined for the account's own keys. */
export function sessionOf(accessKeyId: string): RoleSession | undefined {
  const [, role, session] = /^role:([^:]+):(.+)$/.exec(accessKeyId) ?? [];
  return role === undefined || session === undefined ? undefined : { role, session };
}

export function arnOfSession({ role, session }: RoleSession): string {
  return `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
}
