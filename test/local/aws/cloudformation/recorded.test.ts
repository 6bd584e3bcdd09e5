import { generatedName, recordedProvider } from '../../../../local/aws/cloudformation/recorded';

const resource = (type: string, properties: Record<string, unknown> = {}) => ({
  stackName: 'app-serving',
  logicalId: 'Thing',
  type,
  properties,
});
const account = '000000000000';

test.each<[string, Record<string, unknown>, string, Record<string, unknown>]>([
  ['AWS::Lambda::Function', { FunctionName: 'f' }, 'f', { Arn: `arn:aws:lambda:us-east-1:${account}:function:f` }],
  ['AWS::IAM::Role', { RoleName: 'r' }, 'r', { Arn: `arn:aws:iam::${account}:role/r` }],
  ['AWS::Logs::LogGroup', { LogGroupName: '/l' }, '/l', { Arn: `arn:aws:logs:us-east-1:${account}:log-group:/l:*` }],
  ['AWS::S3::Bucket', { BucketName: 'b' }, 'b', { Arn: 'arn:aws:s3:::b' }],
  ['AWS::SNS::Topic', { TopicName: 't' }, `arn:aws:sns:us-east-1:${account}:t`, { TopicName: 't' }],
  [
    'AWS::SageMaker::Endpoint',
    { EndpointName: 'e' },
    `arn:aws:sagemaker:us-east-1:${account}:endpoint/e`,
    { EndpointName: 'e' },
  ],
  [
    'AWS::StepFunctions::StateMachine',
    { StateMachineName: 's' },
    `arn:aws:states:us-east-1:${account}:stateMachine:s`,
    { Name: 's' },
  ],
  ['AWS::SSM::Parameter', { Name: '/p', Value: 'v' }, '/p', { Value: 'v' }],
  ['AWS::CloudWatch::Alarm', { AlarmName: 'a' }, 'a', { Arn: `arn:aws:cloudwatch:us-east-1:${account}:alarm:a` }],
])('%s', async (type, properties, physicalId, attributes) => {
  expect(await recordedProvider.create(resource(type, properties))).toMatchObject({ physicalId, attributes });
});

test('an unnamed resource gets a name, and keeps it until it is named', async () => {
  const created = await recordedProvider.create(resource('AWS::Lambda::Function'));
  expect(created.physicalId).toMatch(/^app-serving-Thing-[0-9A-F]{12}$/);
  expect(await recordedProvider.update(resource('AWS::Lambda::Function', { Timeout: 3 }), created)).toEqual(created);
  const named = await recordedProvider.update(resource('AWS::Lambda::Function', { FunctionName: 'f' }), created);
  expect(named.physicalId).toBe('f');
});

test('a generated name is never too long, and a bucket has one in lower case', async () => {
  expect(generatedName('s'.repeat(128), 'l'.repeat(255))).toHaveLength(62);
  const bucket = await recordedProvider.create(resource('AWS::S3::Bucket'));
  expect(bucket.physicalId).toBe(bucket.physicalId.toLowerCase());
});
