import { recordedProviders, recordedTypes } from '../../../../local/aws/cloudformation/recorded-types';

const resource = (type: string, properties: Record<string, unknown> = {}) => ({
  stackName: 'app-serving',
  stackId: 'arn:stack',
  logicalId: 'Thing',
  type,
  properties,
});
const account = '000000000000';

const provider = (type: string) => {
  const found = recordedProviders[type];
  if (!found) throw new Error(`${type} is not recorded`);
  return found;
};

test.each<[string, Record<string, unknown>, string, Record<string, unknown>]>([
  ['AWS::IAM::Role', { RoleName: 'r' }, 'r', { Arn: `arn:aws:iam::${account}:role/r` }],
  ['AWS::Logs::LogGroup', { LogGroupName: '/l' }, '/l', { Arn: `arn:aws:logs:us-east-1:${account}:log-group:/l:*` }],
  ['AWS::SNS::Topic', { TopicName: 't' }, `arn:aws:sns:us-east-1:${account}:t`, { TopicName: 't' }],
  ['AWS::CloudWatch::Alarm', { AlarmName: 'a' }, 'a', { Arn: `arn:aws:cloudwatch:us-east-1:${account}:alarm:a` }],
])('%s', async (type, properties, physicalId, attributes) => {
  expect(await provider(type).create(resource(type, properties))).toMatchObject({ physicalId, attributes });
});

test('an unnamed resource gets a name, and keeps it until it is named', async () => {
  const roles = provider('AWS::IAM::Role');
  const created = await roles.create(resource('AWS::IAM::Role'));
  expect(created.physicalId).toMatch(/^app-serving-Thing-[0-9A-F]{12}$/);
  expect(await roles.update(resource('AWS::IAM::Role', { Path: '/' }), created)).toEqual(created);
  const named = await roles.update(resource('AWS::IAM::Role', { RoleName: 'r' }), created);
  expect(named.physicalId).toBe('r');
});

test('a generated name is never too long', async () => {
  const long = { ...resource('AWS::IAM::Role'), stackName: 's'.repeat(128), logicalId: 'l'.repeat(255) };
  expect((await provider('AWS::IAM::Role').create(long)).physicalId).toHaveLength(62);
});

test('each type says why nothing of it is carried out', () => {
  expect(Object.values(recordedTypes).filter(({ reason }) => reason.length < 10)).toEqual([]);
});
