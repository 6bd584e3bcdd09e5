import * as v from 'valibot';
import { type Statement, statementsOf } from './policy-document';

/** A resource of a stack, as far as IAM reads it. */
export interface StackResource {
  readonly type: string;
  readonly physicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const named = v.object({ PolicyName: v.string(), PolicyDocument: v.unknown() });
const role = v.object({
  Policies: v.optional(v.array(named), []),
  ManagedPolicyArns: v.optional(v.array(v.string()), []),
  PermissionsBoundary: v.optional(v.never('the local IAM does not evaluate a PermissionsBoundary')),
});
const attached = v.object({ PolicyDocument: v.unknown(), Roles: v.optional(v.array(v.string()), []) });

/** Those of AWS's own policies that are known here, by the end of their ARN. */
const managedByAws: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
};

/**
 * The statements of the identity-based policies of a role: those within it, those that name it, and those that it names.
 * Throws when the stacks have no such role: what it may do is then not known here.
 *
 * @param resources of all stacks
 */
export function statementsOfRole(name: string, resources: readonly StackResource[]): Statement[] {
  const found = resources.find(({ type, physicalId }) => type === 'AWS::IAM::Role' && physicalId === name);
  if (found === undefined) throw new Error(`the local IAM has no role ${name}: it knows only those of the stacks`);
  const { Policies, ManagedPolicyArns } = v.parse(role, found.properties);
  return [
    ...Policies.flatMap(({ PolicyName, PolicyDocument }) => statementsOf(PolicyDocument, `${PolicyName} of ${name}`)),
    ...resources
      .filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy')
      .flatMap(({ physicalId, properties }) => {
        const { PolicyDocument, Roles } = v.parse(attached, properties);
        const isOfRole = Roles.includes(name) || ManagedPolicyArns.includes(physicalId);
        return isOfRole ? statementsOf(PolicyDocument, physicalId) : [];
      }),
    ...ManagedPolicyArns.filter((arn) => !resources.some(({ physicalId }) => physicalId === arn)).map(ofAws),
  ];
}

function ofAws(arn: string): Statement {
  const Action = managedByAws[arn.replace('arn:aws:iam::aws:policy/', '')];
  if (Action === undefined) throw new Error(`the local IAM does not know the policy ${arn}`);
  return { Effect: 'Allow', Action: [...Action], Resource: ['*'], Condition: {} };
}
