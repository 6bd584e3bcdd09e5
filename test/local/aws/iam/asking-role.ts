import { Iam } from '../../../../local/aws/iam/iam';
import { accessKeyOf } from '../../../../local/aws/iam/role-session';

/** The access key of a function of the role that IAM knows here. */
export const ASKING = accessKeyOf('arn:aws:iam::000000000000:role/Asking', 'asking');

/** IAM with this role alone, whose policy has whatever statements there are at the time. */
export function iamOfAsking(statements: () => readonly object[]): Iam {
  return new Iam(() => [
    {
      type: 'AWS::IAM::Role',
      physicalId: 'Asking',
      properties: { Policies: [{ PolicyName: 'p', PolicyDocument: { Statement: statements() } }] },
    },
  ]);
}
