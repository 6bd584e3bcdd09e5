import { creationOrder } from '../../../../local/aws/cloudformation/dependencies';
import { parameterValues } from '../../../../local/aws/cloudformation/parameters';
import { parseTemplate } from '../../../../local/aws/cloudformation/parse-template';
import { recordedProviders } from '../../../../local/aws/cloudformation/recorded-types';
import { checkResourceTypes } from '../../../../local/aws/cloudformation/resource-types';
import type { Template, TemplateParameter } from '../../../../local/aws/cloudformation/template';

const topic = { Type: 'AWS::SNS::Topic' };
const parse = (template: unknown) => parseTemplate(JSON.stringify(template));

test.each<[string, unknown, string]>([
  [
    'an unknown section',
    { Resources: { A: topic }, Ressources: {} },
    'Invalid template property or properties [Ressources]',
  ],
  ['a transform', { Resources: { A: topic }, Transform: 'AWS::Serverless-2016-10-31' }, 'properties [Transform]'],
  ['no resources', { Resources: {} }, 'At least one Resources member must be defined.'],
  [
    'a resource without type',
    { Resources: { A: {} } },
    '[/Resources/A] Every Resources object must contain a Type member.',
  ],
  [
    'an unknown condition',
    { Resources: { A: { ...topic, Condition: 'C' } } },
    'Unresolved condition dependency C at Resources/A',
  ],
  [
    'an unknown policy',
    { Resources: { A: { ...topic, DeletionPolicy: 'Snapshot' } } },
    'does not know the policy Snapshot at Resources/A',
  ],
  [
    'an attribute of a resource that is not carried out',
    { Resources: { A: { ...topic, CreationPolicy: {} } } },
    'does not know the attribute CreationPolicy at Resources/A',
  ],
  [
    'an attribute of a parameter that is not carried out',
    { Parameters: { P: { Type: 'String', MaxLength: 3 } }, Resources: { A: topic } },
    'does not know the attribute MaxLength at Parameters/P',
  ],
  [
    'an unresolved reference, also in a branch that is not taken',
    {
      Conditions: { C: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        A: { ...topic, Properties: { X: { 'Fn::If': ['C', { Ref: 'Nope' }, 1] }, Y: { 'Fn::Sub': '${Nowhere.Arn}' } } },
      },
    },
    'Unresolved resource dependencies [Nope, Nowhere] in the Resources block of the template',
  ],
  [
    'an unresolved DependsOn',
    { Resources: { A: { ...topic, DependsOn: ['B'] } } },
    'Unresolved resource dependencies [B]',
  ],
  ['an unresolved output', { Resources: { A: topic }, Outputs: { O: { Value: { Ref: 'B' } } } }, 'dependencies [B]'],
  [
    'an unknown function',
    { Resources: { A: { ...topic, Properties: { X: [{ 'Fn::Cidr': [] }] } } } },
    'does not know the function Fn::Cidr at Resources/A/Properties/X/0',
  ],
  [
    'a function with company',
    { Resources: { A: { ...topic, Properties: { X: { 'Fn::Join': ['', []], Y: 1 } } } } },
    'does not know the function Fn::Join at Resources/A/Properties/X',
  ],
  [
    'a cycle',
    {
      Resources: {
        A: { ...topic, Properties: { X: { Ref: 'B' } } },
        B: { ...topic, DependsOn: 'C' },
        C: { ...topic, Properties: { X: { 'Fn::GetAtt': ['A', 'Arn'] } } },
      },
    },
    'Circular dependency between resources: [A, B, C]',
  ],
])('refuses %s', (_name, template, message) => {
  expect(() => parse(template)).toThrow(message);
});

test.each<[string, Template['Resources'], string]>([
  [
    'types without a stand-in, also under a condition that is false',
    { A: { Type: 'AWS::SQS::Queue', Condition: 'Never' }, B: topic, C: { Type: 'Custom::Thing' } },
    'Unrecognized resource types: [AWS::SQS::Queue, Custom::Thing]: the local cloud has no stand-in for them',
  ],
  [
    'a property that nobody carries out or records',
    { A: { ...topic, Properties: { TopicName: 't', FifoTopic: true } } },
    'Encountered unsupported property FifoTopic at Resources/A/Properties: the local AWS::SNS::Topic neither',
  ],
])('refuses %s', (_name, Resources, message) => {
  expect(() => {
    checkResourceTypes({ Resources }, recordedProviders);
  }).toThrow(message);
});

test('refuses what is no JSON', () => {
  expect(() => parseTemplate('Resources:\n  A: x')).toThrow('Template format error: JSON not well-formed.');
});

test('orders by references and DependsOn, otherwise as written, and leaves out what no condition admits', () => {
  const template: Template = {
    Conditions: { C: {} },
    Resources: {
      Last: {
        ...topic,
        Properties: { X: { 'Fn::If': ['C', { Ref: 'Absent' }, { 'Fn::Sub': '${First.Arn}${Free}' }] } },
      },
      Free: topic,
      First: { ...topic, DependsOn: ['Zero', 'Absent'] },
      Absent: { ...topic, Condition: 'C' },
      Zero: topic,
    },
  };
  expect([...creationOrder(template, () => false)]).toEqual([
    ['Zero', []],
    ['First', ['Zero']],
    ['Free', []],
    ['Last', ['First', 'Free']],
  ]);
});

test('a reference to a resource that its condition leaves out is an error', () => {
  const template: Template = {
    Conditions: { C: {} },
    Resources: { A: { ...topic, Properties: { X: { Ref: 'B' } } }, B: { ...topic, Condition: 'C' } },
  };
  expect(() => creationOrder(template, () => false)).toThrow('Unresolved resource dependencies [B]');
});

describe('parameters', () => {
  const ssm = new Map([['/version', '30']]);
  const values = (parameter: TemplateParameter, given?: string) =>
    parameterValues(
      { Parameters: { P: parameter }, Resources: {} },
      new Map(given === undefined ? [] : [['P', { value: given }]]),
      new Map(),
      ssm,
    ).get('P');

  test.each<[TemplateParameter, string | undefined, unknown]>([
    [{ Type: 'String' }, 'x', { value: 'x' }],
    [{ Type: 'String', Default: 'd' }, undefined, { value: 'd' }],
    [{ Type: 'String', Default: '' }, undefined, { value: '' }],
    [{ Type: 'String', Default: 3 }, undefined, { value: '3' }],
    [{ Type: 'String', AllowedPattern: '^$|^s3://.+' }, '', { value: '' }],
    [{ Type: 'String', AllowedPattern: '^$|^s3://.+' }, 's3://b/k', { value: 's3://b/k' }],
    [
      { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/version' },
      undefined,
      { value: '/version', resolved: '30' },
    ],
  ])('%j with %j', (parameter, given, expected) => {
    expect(values(parameter, given)).toEqual(expected);
  });

  test.each<[TemplateParameter, string | undefined, string]>([
    [{ Type: 'String' }, undefined, 'Parameters: [P] must have values'],
    [{ Type: 'String', AllowedPattern: 'a|b' }, 'ab', "Parameter 'P' must match pattern a|b"],
    [
      { Type: 'String', AllowedPattern: 'a', ConstraintDescription: 'only a' },
      'b',
      'Parameter P failed to satisfy constraint: only a',
    ],
    [{ Type: 'String', AllowedValues: ['a', 1] }, '2', "Parameter 'P' must be one of AllowedValues"],
    [{ Type: 'Number' }, '1', 'Unrecognized parameter type: Number (Parameters/P)'],
    [{ Type: 'AWS::SSM::Parameter::Value<String>' }, '/x', 'Unable to fetch parameters [/x] from parameter store'],
    [{ Type: 'AWS::EC2::VPC::Id' }, 'x', 'Unrecognized parameter type: AWS::EC2::VPC::Id (Parameters/P)'],
  ])('refuses %j with %j', (parameter, given, message) => {
    expect(() => values(parameter, given)).toThrow(message);
  });

  test('a parameter left out takes its default, not the previous value; an unknown one is refused', () => {
    const template: Template = { Parameters: { P: { Type: 'String', Default: 'd' } }, Resources: {} };
    const previous = new Map([['P', { value: 'before' }]]);
    expect(parameterValues(template, new Map(), previous, ssm).get('P')).toEqual({ value: 'd' });
    expect(parameterValues(template, new Map([['P', { usePrevious: true }]]), previous, ssm).get('P')).toEqual({
      value: 'before',
    });
    expect(() => parameterValues(template, new Map([['Q', { value: '' }]]), previous, ssm)).toThrow(
      'Parameters: [Q] do not exist in the template',
    );
  });
});
