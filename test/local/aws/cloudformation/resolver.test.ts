import { conditionHolds, resolve, type Scope } from '../../../../local/aws/cloudformation/resolver';
import type { Template } from '../../../../local/aws/cloudformation/template';

const template: Template = {
  Conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Either: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Number: { 'Fn::Equals': [1, '1'] },
    Truth: { 'Fn::Equals': [true, 'true'] },
    Loop: { 'Fn::Not': [{ Condition: 'Pool' }] },
    Pool: { Condition: 'Loop' },
    Strange: { 'Fn::Xor': [] },
    Lonely: { Condition: 'Nowhere' },
  },
  Resources: { Topic: { Type: 'AWS::SNS::Topic' } },
};

const scope: Scope = {
  template,
  stackName: 'stack',
  stackId: 'arn:stack',
  parameters: new Map([
    ['Stage', 'prod'],
    ['Zones', 'a,b'],
    ['Empty', ''],
  ]),
  resource: (id) =>
    id === 'Topic'
      ? { physicalId: 'topic-1', attributes: { Arn: 'arn:topic', 'Nested.Name': 'n', Size: 3 } }
      : undefined,
  importValue: (name) => (name === 'shared' ? 'imported' : undefined),
  stackOutput: (stack, output) => (stack === 'other' && output === 'Name' ? 'weak' : undefined),
};

test.each<[string, unknown, unknown]>([
  ['a literal', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
  ['an object with a key Condition', { Condition: { StringEquals: {} } }, { Condition: { StringEquals: {} } }],
  ['Ref of a parameter', { Ref: 'Stage' }, 'prod'],
  ['Ref of an empty parameter', { Ref: 'Empty' }, ''],
  ['Ref of a resource', { Ref: 'Topic' }, 'topic-1'],
  ['AccountId', { Ref: 'AWS::AccountId' }, '000000000000'],
  ['Region', { Ref: 'AWS::Region' }, 'us-east-1'],
  ['Partition', { Ref: 'AWS::Partition' }, 'aws'],
  ['URLSuffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
  ['StackName', { Ref: 'AWS::StackName' }, 'stack'],
  ['StackId', { Ref: 'AWS::StackId' }, 'arn:stack'],
  ['NoValue in an object', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
  ['NoValue in a list', ['a', { Ref: 'AWS::NoValue' }, 'b'], ['a', 'b']],
  ['NoValue alone', { Ref: 'AWS::NoValue' }, undefined],
  ['GetAtt', { 'Fn::GetAtt': ['Topic', 'Arn'] }, 'arn:topic'],
  ['GetAtt with a dot', { 'Fn::GetAtt': 'Topic.Nested.Name' }, 'n'],
  ['GetAtt with a computed name', { 'Fn::GetAtt': ['Topic', { 'Fn::Join': ['', ['Ar', 'n']] }] }, 'arn:topic'],
  ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, 1]] }, 'a-prod-1'],
  ['Join without NoValue', { 'Fn::Join': [',', ['a', { Ref: 'AWS::NoValue' }]] }, 'a'],
  [
    'Sub',
    { 'Fn::Sub': '${Stage}/${Topic}/${Topic.Arn}/${AWS::Region}/${!Kept}' },
    'prod/topic-1/arn:topic/us-east-1/${Kept}',
  ],
  ['Sub with variables', { 'Fn::Sub': ['${a}-${Stage}', { a: { Ref: 'Topic' }, Stage: 'own' }] }, 'topic-1-own'],
  ['Sub of a number', { 'Fn::Sub': '${Topic.Size}' }, '3'],
  ['Sub does not expand what it inserts', { 'Fn::Sub': ['${a}', { a: '${Stage} $& $1' }] }, '${Stage} $& $1'],
  ['If', { 'Fn::If': ['Yes', 'y', 'n'] }, 'y'],
  ['If does not look at the other branch', { 'Fn::If': ['No', { Ref: 'Absent' }, 'n'] }, 'n'],
  ['If to NoValue', { a: { 'Fn::If': ['Yes', { Ref: 'AWS::NoValue' }, 1] } }, {}],
  ['Select', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
  ['Select from a parameter', { 'Fn::Select': [0, { 'Fn::Split': [',', { Ref: 'Zones' }] }] }, 'a'],
  ['Split', { 'Fn::Split': [',', 'a,,b'] }, ['a', '', 'b']],
  ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': ['sha${a}', { a: 'red' }] } }, 'imported'],
  ['GetStackOutput', { 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'Name' } }, 'weak'],
  [
    'GetStackOutput here',
    { 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'Name', Region: 'us-east-1' } },
    'weak',
  ],
])('%s', (_name, value, expected) => {
  expect(resolve(value, scope, 'Path')).toEqual(expected);
});

test.each<[string, unknown, string]>([
  ['an absent reference', { a: [{ Ref: 'Absent' }] }, 'Unresolved resource dependencies [Absent] at Path/a/0/Ref'],
  [
    'an absent reference in Sub',
    { 'Fn::Sub': '${Absent}' },
    'Unresolved resource dependencies [Absent] at Path/Fn::Sub/${Absent}',
  ],
  [
    'an attribute',
    { 'Fn::GetAtt': ['Topic', 'Nope'] },
    "Requested attribute Nope does not exist in the local cloud's AWS::SNS::Topic (Topic)",
  ],
  ['an unknown function', { a: { 'Fn::Cidr': ['10.0.0.0/8', 2, 3] } }, 'does not know the function Fn::Cidr at Path/a'],
  [
    'Select out of range',
    { 'Fn::Select': [2, ['a', 'b']] },
    'cannot select nonexistent value at index 2 (Path/Fn::Select)',
  ],
  ['ImportValue', { 'Fn::ImportValue': 'nope' }, 'No export named nope found'],
  ['GetStackOutput', { 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'X' } }, 'Stack other has no output X'],
  [
    'GetStackOutput elsewhere',
    { 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'Name', Region: 'eu-west-1' } },
    'refers to another region or account',
  ],
  ['Join of no list', { 'Fn::Join': [',', 'abc'] }, 'Path/Fn::Join needs a list of strings'],
  ['Join of objects', { 'Fn::Join': [',', [{ a: 1 }]] }, 'Path/Fn::Join needs a string'],
  ['Join of one argument', { 'Fn::Join': [','] }, 'Path/Fn::Join needs a list of 2'],
  ['If of an unknown condition', { 'Fn::If': ['Nope', 1, 2] }, 'Unresolved condition dependency Nope'],
  ['If of two arguments', { 'Fn::If': ['Yes', 1] }, 'needs a condition and two values'],
])('refuses %s', (_name, value, message) => {
  expect(() => resolve(value, scope, 'Path')).toThrow(message);
});

test.each([
  ['Yes', true],
  ['No', false],
  ['Both', false],
  ['Either', true],
  ['Number', true],
  ['Truth', true],
])('condition %s is %p', (name, expected) => {
  expect(conditionHolds(name, scope)).toBe(expected);
});

test.each([
  ['Loop', 'Circular dependency between conditions: [Loop, Pool]'],
  ['Strange', 'does not know the condition Fn::Xor at Conditions/Strange'],
  ['Lonely', 'Unresolved condition dependency Nowhere'],
])('refuses condition %s', (name, message) => {
  expect(() => conditionHolds(name, scope)).toThrow(message);
});
