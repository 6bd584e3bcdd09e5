import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { BatchGetImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ListAWSDefaultServiceQuotasCommand,
  ListServiceQuotasCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { type Told, User } from '../terminal';

const sts = mockClient(STSClient);
const ssm = mockClient(SSMClient);
const iam = mockClient(IAMClient);
const quotas = mockClient(ServiceQuotasClient);
const ecr = mockClient(ECRClient);
const cloudFormation = mockClient(CloudFormationClient);
const s3 = mockClient(S3Client);
const mocks = [sts, ssm, iam, quotas, ecr, cloudFormation, s3];

const user = new User();
const environment = { ...process.env };
const ROLE = 'arn:aws:iam::123456789012:role/team/deployer';

function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

/** A quota as Service Quotas lists it. */
function quota(QuotaName: string, Value: number): object {
  return { ServiceCode: 'sagemaker', ServiceName: 'Amazon SageMaker', QuotaCode: 'L-0123', QuotaName, Value };
}

/** What was never changed, on the first page; on the second what was. */
function hasQuotas(defaults: Record<string, number>, applied: Record<string, number> = {}): void {
  const list = (values: Record<string, number>) => Object.entries(values).map(([name, value]) => quota(name, value));
  quotas
    .on(ListAWSDefaultServiceQuotasCommand, { ServiceCode: 'sagemaker', MaxResults: 100 })
    .resolves({ Quotas: list(defaults) })
    .on(ListServiceQuotasCommand, { ServiceCode: 'sagemaker', MaxResults: 100 })
    .resolves({ Quotas: [quota('Number of notebooks', 5)], NextToken: 'more' })
    .on(ListServiceQuotasCommand, { ServiceCode: 'sagemaker', MaxResults: 100, NextToken: 'more' })
    .resolves({ Quotas: list(applied) });
}

const SERVERLESS = 'Maximum total concurrency that can be allocated across all serverless endpoints';
const ENOUGH = {
  'ml.c7i.4xlarge for processing job usage': 1,
  'ml.g5.xlarge for training job usage': 1,
  'ml.m5.large for endpoint usage': 4,
  [SERVERLESS]: 10,
};

beforeEach(() => {
  for (const mock of mocks) {
    mock.reset();
  }
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' });
  delete process.env['AWS_DEFAULT_REGION'];
  sts.on(GetCallerIdentityCommand).resolves({
    UserId: 'AROA:me',
    Account: '123456789012',
    Arn: 'arn:aws:sts::123456789012:assumed-role/deployer/me',
  });
  ssm.on(GetParameterCommand, { Name: '/cdk-bootstrap/hnb659fds/version' }).resolves({ Parameter: { Value: '30' } });
  iam.on(GetRoleCommand, { RoleName: 'deployer' }).resolves({ Role: { Arn: ROLE } as never });
  iam.on(SimulatePrincipalPolicyCommand, { PolicySourceArn: ROLE }).resolves({
    EvaluationResults: [{ EvalActionName: 'x', EvalDecision: 'allowed' }],
  });
  hasQuotas({}, ENOUGH);
  ecr.on(BatchGetImageCommand, { registryId: '763104351884' }).resolves({ images: [{}], failures: [] });
  cloudFormation.on(DescribeStacksCommand).callsFake(({ StackName }: { StackName?: string }) => {
    if (StackName === undefined) return { Stacks: [] };
    throw failure('ValidationError', `Stack with id ${StackName} does not exist`);
  });
  s3.on(ListBucketsCommand).resolves({ Buckets: [] });
});
afterAll(() => {
  process.env = environment;
  for (const mock of mocks) {
    mock.restore();
  }
});

async function doctor(configuration: object = { serving: { profile: 'cpu' } }): Promise<Told> {
  const file = join(user.folder, 'configuration.json');
  writeFileSync(file, JSON.stringify(configuration));
  return user.types(['doctor', '--configuration', file]);
}

it('finds nothing wrong where nothing is, and tells what it costs', async () => {
  const { code, stdout, stderr } = await doctor();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toEqual([
    '✓ region: us-east-1.',
    '✓ credentials: account 123456789012, as arn:aws:sts::123456789012:assumed-role/deployer/me.',
    '✓ bootstrap: version 30 in us-east-1.',
    '✓ permissions: you may deploy, and start the pipeline.',
    '✓ training quota: "ml.g5.xlarge for training job usage" is 1, and 1 is needed.',
    '✓ serving quota: "ml.m5.large for endpoint usage" is 4, and 1 is needed.',
    '· profiles: with these quotas, serving.profile may be elastic-inference, cpu, serverless.',
    expect.stringMatching(/^✓ training image: huggingface-pytorch-training:\S+\.$/),
    expect.stringMatching(/^✓ serving image: huggingface-pytorch-inference:\S+\.$/),
    '· month: an endpoint of 1 × ml.m5.large costs about 84 USD a month, whether or not somebody asks; the execution input {"endpoint": "take-down"} ends that.',
    '· execution: training on ml.g5.xlarge costs 5.68 USD at most, where each job takes all of training.maxRuntimeInSeconds.',
  ]);
});

it('only reads', async () => {
  await doctor();
  const sent = mocks.flatMap((mock) => mock.calls().map(({ args: [command] }) => command.constructor.name));
  expect(sent.filter((name) => !/^(?:Get|List|Describe|BatchGet|Simulate)/.test(name))).toEqual([]);
});

it('says what it may not look at, which is no failure', async () => {
  const denied = failure('AccessDeniedException', 'User: me is not authorized to perform this');
  for (const mock of [ssm, iam, quotas, ecr, s3]) {
    mock.reset();
    mock.rejects(denied);
  }
  const { code, stdout } = await doctor();
  expect(code).toBe(0);
  expect(
    stdout.match(/^\? \w+(?: \w+)?: it could not be looked up\. AWS answered: User: me is not .*$/gm),
  ).toHaveLength(6);
});

describe('buckets that an earlier deployment has left', () => {
  const bucket = (Name: string, day: number) => ({ Name, CreationDate: new Date(2026, 0, day) });
  const PREFIX = 'classifier-dev-storage-';

  beforeEach(() => {
    s3.on(ListBucketsCommand, { Prefix: PREFIX, BucketRegion: 'us-east-1' })
      .resolves({ Buckets: [bucket(`${PREFIX}artifacts82dd59a1-x`, 1)], ContinuationToken: 'more' })
      .on(ListBucketsCommand, { Prefix: PREFIX, BucketRegion: 'us-east-1', ContinuationToken: 'more' })
      .resolves({
        Buckets: [
          bucket(`${PREFIX}data32c0eb2f-old`, 2),
          bucket(`${PREFIX}data32c0eb2f-new`, 3),
          bucket(`${PREFIX}data-of-somebody`, 4),
        ],
      });
  });

  it.each([
    [
      {},
      `${PREFIX}data32c0eb2f-new and ${PREFIX}artifacts82dd59a1-x: to go on with what is in there, write {"storage": ` +
        `{"dataBucket":"${PREFIX}data32c0eb2f-new","artifactsBucket":"${PREFIX}artifacts82dd59a1-x"}} into the ` +
        'configuration; to make new ones beside them, deploy by npm run deploy -- --new-buckets.',
    ],
    [
      { storage: { dataBucket: 'my-data' } },
      `${PREFIX}artifacts82dd59a1-x: to go on with what is in there, write {"storage": ` +
        `{"artifactsBucket":"${PREFIX}artifacts82dd59a1-x"}} into the configuration; to make new ones beside them, ` +
        'deploy by npm run deploy -- --new-buckets.',
    ],
  ])('are told, the newest of each kind, where the configuration %j names none', async (configuration, told) => {
    const { code, stdout } = await doctor({ serving: { profile: 'cpu' }, ...configuration });
    expect(code).toBe(0);
    expect(stdout).toContain(`! before the deployment, decide: buckets: an earlier deployment has left ${told}\n`);
  });

  it('are not told where the configuration names both', async () => {
    const { stdout } = await doctor({ storage: { dataBucket: 'my-data', artifactsBucket: 'my-artifacts' } });
    expect(stdout).not.toContain('buckets:');
    expect(s3.calls()).toHaveLength(0);
  });

  it('are not told where they are those of what is deployed', async () => {
    const StackName = 'classifier-dev-storage';
    cloudFormation
      .on(DescribeStacksCommand, { StackName })
      .resolves({ Stacks: [{ StackName, StackStatus: 'CREATE_COMPLETE', CreationTime: new Date() }] });
    expect((await doctor()).stdout).not.toContain('buckets:');
  });
});

it('looks whose the buckets are that the configuration names', async () => {
  const stack = (StackName: string, OutputKey: string, OutputValue: string) => ({
    StackName,
    StackStatus: 'CREATE_COMPLETE' as const,
    CreationTime: new Date(),
    Outputs: [{ OutputKey, OutputValue }],
  });
  const training = stack('classifier-dev-training', 'DataBucketName', 'former-data');
  const another = stack('classifier-production-training', 'ArtifactsBucketName', 'my-artifacts');
  cloudFormation
    .on(DescribeStacksCommand, { StackName: 'classifier-dev-training' })
    .resolves({ Stacks: [training] })
    .on(DescribeStacksCommand, { StackName: undefined, NextToken: undefined })
    .resolves({ Stacks: [training], NextToken: 'more' })
    .on(DescribeStacksCommand, { NextToken: 'more' })
    .resolves({ Stacks: [another] });
  const { code, stdout } = await doctor({ storage: { dataBucket: 'my-data', artifactsBucket: 'my-artifacts' } });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^✗ the deployment would fail: buckets: .* former-data, and goes on with it: set storage\.dataBucket /m,
  );
  expect(stdout).toMatch(
    /^✗ the deployment would fail: buckets: .* is that of the deployment with the stack classifier-prod/m,
  );
});

it('says what would fail, and what to do', async () => {
  ssm.on(GetParameterCommand).rejects(failure('ParameterNotFound', ''));
  iam.on(SimulatePrincipalPolicyCommand).callsFake(({ ActionNames }: { ActionNames: string[] }) => ({
    EvaluationResults: ActionNames.map((EvalActionName) => ({ EvalActionName, EvalDecision: 'implicitDeny' })),
  }));
  hasQuotas({ 'ml.m5.large for endpoint usage': 0, [SERVERLESS]: 10 });
  ecr.on(BatchGetImageCommand).resolves({ images: [], failures: [{ failureCode: 'ImageNotFound' }] });
  const { code, stdout, stderr } = await doctor();
  expect({ code, stderr }).toEqual({ code: 1, stderr: '7 things would fail.\n' });
  for (const line of [
    '✗ the deployment would fail: bootstrap: it is missing in us-east-1: run "npx cdk bootstrap aws://123456789012/us-east-1".',
    '✗ the deployment would fail: permissions: you may neither take on the roles of the bootstrap (sts:AssumeRole on arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-us-east-1 ',
    '✗ the first run would fail: permissions: you may not start the pipeline: ask for states:StartExecution on arn:aws:states:us-east-1:123456789012:stateMachine:classifier-dev-pipeline.',
    '✗ the first run would fail: training quota: there is no quota "ml.g5.xlarge for training job usage"',
    '✗ the first run would fail: serving quota: "ml.m5.large for endpoint usage" (L-0123) is 0, and 1 is needed: ask for more in the Service Quotas console, or choose another serving.instanceType or serving.profile.',
    '· profiles: with these quotas, serving.profile may be serverless.',
    '✗ the first run would fail: training image: huggingface-pytorch-training:',
    '✗ the first run would fail: serving image: huggingface-pytorch-inference:',
  ]) {
    expect(stdout).toContain(line);
  }
});

it('says that a batch would fail, which is no failure of the rest', async () => {
  hasQuotas({}, { ...ENOUGH, 'ml.c7i.4xlarge for processing job usage': 0 });
  const { code, stdout } = await doctor();
  expect(code).toBe(0);
  expect(stdout).toContain(
    '· batch quota: a batch would fail: "ml.c7i.4xlarge for processing job usage" (L-0123) is 0, and 1 is needed: ask for more',
  );
});

it('is content where the bootstrap’s roles may not be taken on, but all be done without them', async () => {
  iam.on(SimulatePrincipalPolicyCommand).callsFake(({ ActionNames }: { ActionNames: string[] }) => ({
    EvaluationResults: ActionNames.map((EvalActionName) => ({
      EvalActionName,
      EvalDecision: EvalActionName === 'sts:AssumeRole' ? 'explicitDeny' : 'allowed',
    })),
  }));
  expect((await doctor()).stdout).toContain('✓ permissions: ');
});

it('counts instances as they run at once', async () => {
  hasQuotas({}, { ...ENOUGH, 'ml.m5.large for endpoint usage': 3, 'ml.g5.xlarge for spot training job usage': 5 });
  const { code, stdout } = await doctor({
    serving: { profile: 'cpu', instanceCount: 1, maxInstanceCount: 3 },
    training: {
      useSpotInstances: true,
      instanceCount: 2,
      maxConcurrency: 3,
      maxCostUsd: 1,
      candidates: [{}, { epochs: 2 }, { epochs: 4 }, { instanceType: 'ml.g6.xlarge' }],
      instancePrices: { 'ml.g6.xlarge': 1 },
    },
  });
  expect(code).toBe(1);
  expect(stdout).toContain('"ml.g5.xlarge for spot training job usage" (L-0123) is 5, and 6 is needed');
  expect(stdout).toContain('there is no quota "ml.g6.xlarge for spot training job usage"');
  expect(stdout).toContain('✓ serving quota: "ml.m5.large for endpoint usage" is 3, and 3 is needed.');
  expect(stdout).toContain('another replaces it only where "ml.m5.large for endpoint usage" is 6.');
  expect(stdout).toContain('costs about 84 to 252 USD a month');
  expect(stdout).toMatch(
    /training of 4 candidates could cost 42\.\d\d USD, which training\.maxCostUsd \(1\) refuses\./,
  );
});

it.each([
  [{}, 'AWS has closed Elastic Inference to accounts: ml.eia2.xlarge is tried, and ml.m5.large serves without it.'],
  [{ serving: { profile: 'serverless', maxConcurrency: 20 } }, `"${SERVERLESS}" (L-0123) is 10, and 20 is needed`],
  [{ serving: { profile: 'serverless' } }, 'a serverless endpoint costs nothing while nobody asks'],
  [
    { serving: { profile: 'cpu', instanceType: 'ml.c6i.large' } },
    'the price of ml.c6i.large in us-east-1 is not known here',
  ],
])('knows the profile of %j', async (configuration, sentence) => {
  expect((await doctor(configuration)).stdout).toContain(sentence);
});

describe('of credentials and region', () => {
  it('says that there are none, and asks no further', async () => {
    sts.rejects(
      Object.assign(new Error('Could not load credentials from any providers'), { name: 'CredentialsProviderError' }),
    );
    const { code, stdout } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toContain('✗ the deployment would fail: credentials: There are no AWS credentials: sign in with');
    expect(ssm.calls()).toEqual([]);
  });

  it('says that they have expired', async () => {
    sts.rejects(failure('ExpiredTokenException', 'The security token included in the request is expired'));
    expect((await doctor()).stdout).toContain(
      'credentials: AWS does not accept these credentials (ExpiredTokenException): sign in again.',
    );
  });

  it.each([
    ['moon-east-1', 'moon-east-1 is no region that is known here: correct AWS_REGION'],
    ['us-iso-east-1', 'have no registry in us-iso-east-1 that is known here'],
  ])('refuses the region %s', async (region, sentence) => {
    process.env['AWS_REGION'] = region;
    sts.rejects(Object.assign(new Error(`getaddrinfo ENOTFOUND sts.${region}.amazonaws.com`), { code: 'ENOTFOUND' }));
    const { code, stdout } = await doctor();
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(sentence) as string });
    expect(stdout).toContain('credentials: AWS cannot be reached (getaddrinfo ENOTFOUND');
  });

  it('takes the region that the CDK would take', async () => {
    delete process.env['AWS_REGION'];
    process.env['AWS_CONFIG_FILE'] = '/dev/null';
    expect((await doctor()).stdout).toContain(
      '· region: none is set, so that it is us-east-1: AWS_REGION names another.',
    );
    process.env['AWS_DEFAULT_REGION'] = 'eu-west-1';
    expect((await doctor()).stdout).toContain('✓ region: eu-west-1.');
  });
});

it('tells programs', async () => {
  const { stdout } = await user.types(['doctor', '--json']);
  expect(JSON.parse(stdout)).toContainEqual({
    subject: 'bootstrap',
    verdict: 'good',
    sentence: 'version 30 in us-east-1.',
  });
});
