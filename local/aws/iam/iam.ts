import { ApiError } from '../api-error';
import { type Access, evaluate } from './evaluation';
import { arnOfSession, sessionOf } from './role-session';
import { type StackResource, statementsOfRole } from './roles';

/** Who may do what. */
export interface Authority {
  allows(accessKeyId: string, access: Access): boolean;
  /** Throws AccessDenied. */
  require(accessKeyId: string, access: Access): void;
}

/** Where there are no roles, whoever reaches the service may do everything. */
export const everythingAllowed: Authority = { allows: () => true, require: () => undefined };

/**
 * IAM for those who ask as a role, which only the Lambda functions do: they may do what their role's policies in the stacks allow. Any
 * other key is the account's, and may do everything: loopback is the boundary.
 *
 * Not evaluated: policies of resources (buckets, topics, functions), boundaries, and the roles that Step Functions, SageMaker and
 * CloudFormation act under, for these call each other here without a request.
 */
export class Iam implements Authority {
  /** @param resources of all stacks, as they are now */
  constructor(private readonly resources: () => readonly StackResource[]) {}

  allows(accessKeyId: string, access: Access): boolean {
    return this.refusal(accessKeyId, access) === undefined;
  }

  require(accessKeyId: string, access: Access): void {
    const refusal = this.refusal(accessKeyId, access);
    if (refusal !== undefined) throw new ApiError('AccessDenied', refusal, 403);
  }

  private refusal(accessKeyId: string, access: Access): string | undefined {
    const session = sessionOf(accessKeyId);
    if (session === undefined) return undefined;
    const decision = evaluate(statementsOfRole(session.role, this.resources()), access);
    if (decision === 'allowed') return undefined;
    const { action, resource } = access;
    const why =
      decision === 'not allowed'
        ? `because no identity-based policy allows the ${action} action`
        : 'with an explicit deny in an identity-based policy';
    // S3 alone writes quotes.
    const on = action.startsWith('s3:') ? `"${resource}"` : resource;
    return `User: ${arnOfSession(session)} is not authorized to perform: ${action} on resource: ${on} ${why}`;
  }
}
