import { randomUUID } from 'node:crypto';
import { Match } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { matches } from '../../../local/aws/iam/pattern';
import { synthesized } from '../synthesized';

const { names, template } = synthesized({ logRetentionDays: 7, removalPolicy: 'retain' });
const storage = template(names.storageStack);

/** The ids and properties of the storage stack's resources of a type that are like this. */
function found(type: string, like: unknown): [id: string, properties: unknown][] {
  return Object.entries(storage.findResources(type, { Properties: like })).map(([id, resource]) => [
    id,
    resource['Properties'],
  ]);
}

const VARIABLES = { PREFIX: 'classifier-dev', LOG_RETENTION_DAYS: '7' };
const functions = found('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike(VARIABLES) } });
const lambdaFunction = functions[0]?.[0] ?? '';
const policies = found('AWS::IAM::Policy', {
  PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Sid: 'DeleteStreamsOfOwnJobs' })]) },
});
const [policy, document] = policies[0] ?? [];
const { Statement: statements } = (
  document as { PolicyDocument: { Statement: { Sid: string; Action: unknown; Resource: unknown }[] } }
).PolicyDocument;

/** The resource of an action on a group of SageMaker's, as CloudWatch Logs asks IAM for it; a stream's name follows. */
const groupArn = (name: string): string =>
  `arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/${name}:log-stream:`;

function mayDo(action: string, on: string): boolean {
  return statements
    .filter(({ Action }) => [Action].flat().includes(action))
    .flatMap(({ Resource }) => [Resource].flat().map(arnOf))
    .some((pattern) => matches(pattern, on));
}

/** An ARN of the template, which has the partition from CloudFormation. */
function arnOf(resource: unknown): string {
  const join = (resource as { 'Fn::Join'?: [separator: string, parts: unknown[]] })['Fn::Join'];
  return join === undefined
    ? String(resource)
    : join[1].map((part) => (typeof part === 'string' ? part : 'aws')).join(join[0]);
}

it('runs every day, whether or not anything is executed', () => {
  storage.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 day)',
    State: 'ENABLED',
    Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [lambdaFunction, 'Arn'] } })],
  });
  storage.hasResourceProperties('AWS::Lambda::Permission', {
    FunctionName: { 'Fn::GetAtt': [lambdaFunction, 'Arn'] },
    Principal: 'events.amazonaws.com',
  });
});

it('never runs where logs are kept for ever, but when the stack is deleted', () => {
  for (const [logRetentionDays, rules] of [
    [3653, 1],
    [RetentionDays.INFINITE, 0],
  ]) {
    const { names: own, template: templateOf } = synthesized({ logRetentionDays });
    templateOf(own.storageStack).resourceCountIs('AWS::Events::Rule', rules ?? NaN);
    templateOf(own.storageStack).resourceCountIs('AWS::CloudFormation::CustomResource', 1);
  }
});

it('may ask whether its own stack is deleted, and of no other stack', () => {
  const describing = statements.filter(({ Action }) => [Action].flat().includes('cloudformation:DescribeStacks'));
  expect(describing.map(({ Resource }) => Resource)).toEqual([{ Ref: 'AWS::StackId' }]);
});

it('runs when the stack is deleted, whatever becomes of the buckets, while it has its permissions', () => {
  storage.hasResource('AWS::CloudFormation::CustomResource', {
    Properties: { ServiceToken: { 'Fn::GetAtt': [lambdaFunction, 'Arn'] } },
    DependsOn: Match.arrayWith([lambdaFunction, policy]),
    DeletionPolicy: 'Delete',
  });
});

it.each(['TrainingJobs', 'ProcessingJobs'])('may list the streams of %s, and delete those of its own jobs', (group) => {
  expect(mayDo('logs:DescribeLogStreams', groupArn(group))).toBe(true);
  const stream = (prefix: string): string => `${groupArn(group)}${prefix}-${randomUUID()}/algo-1-1700000000`;
  expect(mayDo('logs:DeleteLogStream', stream('classifier-dev'))).toBe(true);
  for (const prefix of ['classifier-dev-2', 'classifier-dev-0123abcd', 'classifier-prod', 'a-classifier-dev']) {
    expect(mayDo('logs:DeleteLogStream', stream(prefix))).toBe(false);
  }
});

it.each(['logs:DeleteLogGroup', 'logs:PutRetentionPolicy'])(
  'may %s of endpoints that scale, and no other',
  (action) => {
    expect(mayDo(action, groupArn('Endpoints/classifier-dev-ml-m5-large'))).toBe(true);
    for (const name of ['TrainingJobs', 'ProcessingJobs', 'Endpoints/classifier-dev-2-ml-m5-large']) {
      expect(mayDo(action, groupArn(name))).toBe(false);
    }
  },
);

it('may list groups, which IAM hears no name of', () => {
  expect(mayDo('logs:DescribeLogGroups', 'arn:aws:logs:eu-west-1:123456789012:log-group::log-stream:')).toBe(true);
});

it.each([
  ['', {}],
  [', with buckets that exist', { storage: { dataBucket: 'kept-data', artifactsBucket: 'kept-artifacts' } }],
])('goes after all that starts jobs or serves%s', (_, configuration) => {
  const { names: own, assembly } = synthesized(configuration);
  const needs = (stack: CloudFormationStackArtifact): string[] =>
    stack.dependencies
      .filter((each): each is CloudFormationStackArtifact => 'stackName' in each)
      .flatMap((each) => [each.stackName, ...needs(each)]);
  for (const name of [own.trainingStack, own.batchStack, own.servingStack, own.servingAcceleratedStack]) {
    expect(needs(assembly.getStackByName(name))).toContain(own.storageStack);
  }
});
