import { type Access, evaluate } from '../../../../local/aws/iam/evaluation';
import { Iam } from '../../../../local/aws/iam/iam';
import { statementsOf } from '../../../../local/aws/iam/policy-document';
import { accessKeyOf } from '../../../../local/aws/iam/role-session';
import type { StackResource } from '../../../../local/aws/iam/roles';

const reading = (key: string): Access => ({ action: 's3:GetObject', resource: `arn:aws:s3:::data/${key}` });
const statement = (more: object = {}): Record<string, unknown> => ({
  Effect: 'Allow',
  Action: 's3:GetObject*',
  Resource: 'arn:aws:s3:::data/*',
  ...more,
});
const document = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
const decide = (access: Access, ...statements: object[]) =>
  evaluate(statementsOf(document(...statements), 'the policy'), access);

describe('what statements allow', () => {
  test.each([
    ['an action and a resource by wildcards', {}, 'allowed'],
    ['an action in another case', { Action: ['s3:PutObject', 'S3:getobject'] }, 'allowed'],
    ['one character', { Action: 's3:GetObjec?' }, 'allowed'],
    ['another action', { Action: 's3:PutObject' }, 'not allowed'],
    ['the bucket without its objects', { Resource: 'arn:aws:s3:::data' }, 'not allowed'],
    ['a resource in another case', { Resource: 'arn:aws:s3:::Data/*' }, 'not allowed'],
    ['a resource that is more than the pattern', { Resource: 'arn:aws:s3:::data/b' }, 'not allowed'],
  ])('%s', (_what, more, decision) => {
    expect(decide(reading('b/c.csv'), statement(more))).toBe(decision);
  });

  test('a Deny counts more than an Allow', () => {
    const deny = statement({ Effect: 'Deny', Resource: 'arn:aws:s3:::data/secret/*' });
    expect(decide(reading('secret/a'), statement(), deny)).toBe('denied explicitly');
    expect(decide(reading('open/a'), statement(), deny)).toBe('allowed');
  });

  test.each([
    ['cloudformation.amazonaws.com', 'allowed'],
    ['ec2.amazonaws.com', 'not allowed'],
    [undefined, 'not allowed'],
  ])('a condition on the value %s', (service, decision) => {
    const access = { action: 'iam:PassRole', resource: 'arn:role', context: { 'iam:PassedToService': service } };
    const Condition = { StringEquals: { 'iam:PassedToService': 'cloudformation.amazonaws.com' } };
    expect(decide(access, statement({ Action: 'iam:PassRole', Resource: 'arn:role', Condition }))).toBe(decision);
  });

  test('a condition on a tag of the resource, which has one of several values', () => {
    const Condition = { StringEquals: { 'aws:ResourceTag/stack': ['one', 'two'] } };
    expect(decide({ ...reading('a'), tags: { stack: 'two' } }, statement({ Condition }))).toBe('allowed');
    expect(decide({ ...reading('a'), tags: { stack: 'three' } }, statement({ Condition }))).toBe('not allowed');
    expect(decide({ ...reading('a'), tags: {} }, statement({ Condition }))).toBe('not allowed');
  });
});

test.each([
  [
    { Action: undefined, NotAction: 's3:*' },
    'cannot evaluate the policy: Statement.0.NotAction: this field is not implemented',
  ],
  [{ Resource: undefined, NotResource: '*' }, 'Statement.0.NotResource: this field is not implemented'],
  [{ Resource: ['*', 'arn:aws:s3:::data/${aws:username}'] }, 'a policy variable is not evaluated here'],
  [
    { Condition: { StringLike: { 'iam:PassedToService': '*' } } },
    'cannot evaluate the condition StringLike of s3:GetObject',
  ],
  [{ Condition: { StringEquals: { 'aws:SourceIp': '10.0.0.1' } } }, 'the value of the condition key aws:SourceIp'],
])('what is not evaluated is an error: %j', (more, message) => {
  const given = Object.fromEntries(Object.entries(statement(more)).filter(([, value]) => value !== undefined));
  expect(() => decide(reading('a'), given)).toThrow(message);
});

describe('a role', () => {
  const KEY = accessKeyOf('arn:aws:iam::000000000000:role/Reader', 'reader');
  const role = (properties: object): StackResource => ({
    type: 'AWS::IAM::Role',
    physicalId: 'Reader',
    properties: { ...properties },
  });
  const policy = (type: string, properties: object): StackResource => ({
    type,
    physicalId: 'arn:aws:iam::000000000000:policy/Reading',
    properties: { PolicyDocument: document(statement()), ...properties },
  });
  const allows = (...resources: StackResource[]) => new Iam(() => resources).allows(KEY, reading('a'));
  const LOGS = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';

  test.each([
    ['in itself', [role({ Policies: [{ PolicyName: 'p', PolicyDocument: document(statement()) }] })]],
    ['in a policy that names it', [role({}), policy('AWS::IAM::Policy', { Roles: ['Reader'] })]],
    ['in a managed policy that names it', [role({}), policy('AWS::IAM::ManagedPolicy', { Roles: ['Reader'] })]],
    [
      'in a managed policy that it names',
      [
        role({ ManagedPolicyArns: [LOGS, 'arn:aws:iam::000000000000:policy/Reading'] }),
        policy('AWS::IAM::ManagedPolicy', {}),
      ],
    ],
  ])('has the statements %s', (_where, resources) => {
    expect(allows(...resources)).toBe(true);
  });

  test('has not the statements of others, nor any of S3 by AWS’s policy for logs', () => {
    expect(allows(role({ ManagedPolicyArns: [LOGS] }), policy('AWS::IAM::Policy', { Roles: ['Another'] }))).toBe(false);
  });

  test.each([
    [[], 'has no role Reader'],
    [[role({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] })], 'AdministratorAccess'],
    [[role({ PermissionsBoundary: 'arn:aws:iam::aws:policy/x' })], 'does not evaluate a PermissionsBoundary'],
  ])('that is not known in full is an error', (resources, message) => {
    expect(() => allows(...resources)).toThrow(message);
  });

  test('is refused in the words of AWS', () => {
    const iam = new Iam(() => [role({})]);
    const refusal = (access: Access) => () => {
      iam.require(KEY, access);
    };
    const user = 'User: arn:aws:sts::000000000000:assumed-role/Reader/reader is not authorized to perform: ';
    expect(refusal(reading('a'))).toThrow(
      `${user}s3:GetObject on resource: "arn:aws:s3:::data/a" because no identity-based policy allows the s3:GetObject action`,
    );
    expect(refusal({ action: 'ssm:GetParameter', resource: 'arn:parameter' })).toThrow(
      `${user}ssm:GetParameter on resource: arn:parameter because no identity-based policy allows the ssm:GetParameter action`,
    );
  });

  test('is asked for by its own keys alone: any other may do everything', () => {
    expect(new Iam(() => []).allows('local', reading('a'))).toBe(true);
  });
});
