import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  ListTypesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { startAwsServer, type AwsServer } from '../../../../local/aws/aws-server';
import { cloudFormationService } from '../../../../local/aws/cloudformation/api';
import { Stacks } from '../../../../local/aws/cloudformation/stacks';
import type { Template } from '../../../../local/aws/cloudformation/template';
import { SsmService } from '../../../../local/aws/ssm/ssm-service';
import { stsService } from '../../../../local/aws/sts/sts-service';
import { ObjectStore } from '../../../../local/aws/s3/object-store';
import { ScriptedProvider } from './scripted-provider';

const StackName = 'stack';
const ssmParameters = new Map([['/version', '33']]);
let folder: string;
let server: AwsServer;
let stacks: Stacks;
let store: ObjectStore;
let cloudFormation: CloudFormationClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloudformation-'));
  store = new ObjectStore(folder);
  stacks = await Stacks.open({
    folder,
    providers: { 'Test::Thing': new ScriptedProvider() },
    ssmParameters,
    validate: (_name, template) =>
      JSON.stringify(template).includes('AcceleratorType') ? 'Unsupported property [AcceleratorType]' : undefined,
  });
  server = await startAwsServer({
    cloudformation: cloudFormationService(stacks, store),
    ssm: new SsmService(ssmParameters),
    sts: stsService(),
  });
  cloudFormation = new CloudFormationClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  cloudFormation.destroy();
  await server.close();
  await stacks.close();
  await rm(folder, { recursive: true });
});

const template: Template = {
  Description: 'a & <b> "c" é',
  Parameters: {
    Color: { Type: 'String', Default: 'red' },
    Secret: { Type: 'String', Default: 'hush', NoEcho: true },
    Version: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/version' },
  },
  Resources: { Thing: { Type: 'Test::Thing', Properties: { Color: { Ref: 'Color' } }, Metadata: { a: 1 } } },
  Outputs: { Name: { Value: { Ref: 'Thing' }, Description: 'its name', Export: { Name: 'thing' } } },
};
const TemplateBody = JSON.stringify(template);

async function create(): Promise<void> {
  const Parameters = [{ ParameterKey: 'Color', ParameterValue: 'blue' }];
  const Tags = [{ Key: 'team', Value: 'words' }];
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Parameters, Tags }));
  await stacks.settled(StackName);
}

async function describe1() {
  const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return stack;
}

test('describes a stack as it was asked for', async () => {
  await create();
  expect(await describe1()).toMatchObject({
    StackName,
    Description: 'a & <b> "c" é',
    StackStatus: 'CREATE_COMPLETE',
    CreationTime: expect.any(Date) as Date,
    Parameters: [
      { ParameterKey: 'Color', ParameterValue: 'blue' },
      { ParameterKey: 'Secret', ParameterValue: '****' },
      { ParameterKey: 'Version', ParameterValue: '/version', ResolvedValue: '33' },
    ],
    Outputs: [{ OutputKey: 'Name', OutputValue: 'Thing-1', Description: 'its name', ExportName: 'thing' }],
    Tags: [{ Key: 'team', Value: 'words' }],
  });
});

test('tells resources, events and the template word by word', async () => {
  await create();
  const resource = { LogicalResourceId: 'Thing', PhysicalResourceId: 'Thing-1', ResourceStatus: 'CREATE_COMPLETE' };
  const all = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName }));
  expect(all.StackResources).toMatchObject([resource]);
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  expect(StackEvents.map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`)).toEqual([
    'stack CREATE_COMPLETE',
    'Thing CREATE_COMPLETE',
    'Thing CREATE_IN_PROGRESS',
    'stack CREATE_IN_PROGRESS',
  ]);
  expect((await cloudFormation.send(new GetTemplateCommand({ StackName }))).TemplateBody).toBe(TemplateBody);
});

test('updates with the previous template: UsePreviousValue keeps, a parameter left out takes its default', async () => {
  await create();
  const update = (keys: string[]) =>
    cloudFormation.send(
      new UpdateStackCommand({
        StackName,
        UsePreviousTemplate: true,
        Parameters: keys.map((ParameterKey) => ({ ParameterKey, UsePreviousValue: true })),
      }),
    );
  await expect(update(['Color', 'Secret'])).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'No updates are to be performed.',
  });
  const { StackId } = await update(['Secret']);
  await stacks.settled(StackName);
  const stack = await describe1();
  expect([stack?.StackId, stack?.StackStatus]).toEqual([StackId, 'UPDATE_COMPLETE']);
  expect(stack?.Parameters?.[0]?.ParameterValue).toBe('red');
  expect(stack?.Tags).toEqual([{ Key: 'team', Value: 'words' }]);
});

test('a role that a caller passes is kept for later operations', async () => {
  const roles: (string | undefined)[] = [];
  const afterwards = async () => {
    await stacks.settled(StackName);
    roles.push((await describe1())?.RoleARN);
  };
  const update = { StackName, UsePreviousTemplate: true };
  const color = (ParameterValue: string) => [{ ParameterKey: 'Color', ParameterValue }];
  await create();
  await afterwards();
  await cloudFormation.send(new UpdateStackCommand({ ...update, Parameters: color('a'), RoleARN: 'arn:serving' }));
  await afterwards();
  await cloudFormation.send(new UpdateStackCommand({ ...update, Parameters: color('b') }));
  await afterwards();
  const changeSet = { StackName, ChangeSetName: 'c' };
  await cloudFormation.send(
    new CreateChangeSetCommand({ ...changeSet, TemplateBody, Parameters: color('c'), RoleARN: 'arn:cdk' }),
  );
  await afterwards();
  await cloudFormation.send(new ExecuteChangeSetCommand(changeSet));
  await afterwards();
  expect(roles).toEqual([undefined, 'arn:serving', 'arn:serving', 'arn:serving', 'arn:cdk']);
});

test('an update has one template', async () => {
  await create();
  const update = (input: object) => cloudFormation.send(new UpdateStackCommand({ StackName, ...input }));
  const TemplateURL = 'https://s3.us-east-1.amazonaws.com/assets/a/template.json';
  for (const two of [
    { TemplateBody, TemplateURL },
    { TemplateBody, UsePreviousTemplate: true },
    { TemplateURL, UsePreviousTemplate: true },
  ]) {
    await expect(update(two)).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Only one of TemplateBody, TemplateURL and UsePreviousTemplate can be specified.',
    });
  }
  const long = JSON.stringify({ ...template, Description: 'x'.repeat(51_200) });
  await expect(update({ TemplateBody: long })).rejects.toThrow('Template may not exceed 51200 bytes in size.');
});

test.each([
  'https://s3.us-east-1.amazonaws.com/assets/a/template.json',
  'https://assets.s3.us-east-1.amazonaws.com/a/template.json',
  'http://127.0.0.1:1/assets/a/template.json',
])('reads a template from %s', async (TemplateURL) => {
  await store.createBucket('assets');
  await store.put('assets', 'a/template.json', TemplateBody);
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateURL }));
  await stacks.settled(StackName);
  expect((await describe1())?.StackStatus).toBe('CREATE_COMPLETE');
});

test('goes through a change set, as the CDK does', async () => {
  const ChangeSetName = 'changes';
  const request = { StackName, ChangeSetName, TemplateBody };
  const { Id } = await cloudFormation.send(new CreateChangeSetCommand({ ...request, ChangeSetType: 'CREATE' }));
  expect((await describe1())?.StackStatus).toBe('REVIEW_IN_PROGRESS');
  const described = await cloudFormation.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }));
  expect(described).toMatchObject({
    ChangeSetId: Id,
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'AVAILABLE',
    Changes: [{ Type: 'Resource', ResourceChange: { Action: 'Add', LogicalResourceId: 'Thing' } }],
  });
  await cloudFormation.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
  await stacks.settled(StackName);
  expect((await describe1())?.StackStatus).toBe('CREATE_COMPLETE');
  await expect(cloudFormation.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }))).rejects.toMatchObject({
    name: 'ChangeSetNotFoundException',
  });

  await cloudFormation.send(new CreateChangeSetCommand(request));
  const empty = await cloudFormation.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }));
  expect([empty.Status, empty.StatusReason]).toEqual([
    'FAILED',
    "The submitted information didn't contain changes. Submit different information to create a change set.",
  ]);
  await expect(cloudFormation.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }))).rejects.toMatchObject({
    name: 'InvalidChangeSetStatusException',
  });
  await cloudFormation.send(new DeleteChangeSetCommand({ StackName, ChangeSetName }));
  expect(stacks.require(StackName).changeSets).toEqual([]);
});

test('DescribeEvents tells why early validation refused, and DescribeStackEvents does not', async () => {
  await create();
  const accelerated = {
    ...template,
    Resources: { Thing: { Type: 'Test::Thing', Properties: { AcceleratorType: 'x' } } },
  };
  const request = { StackName, TemplateBody: JSON.stringify(accelerated) };
  await cloudFormation.send(new UpdateStackCommand(request));
  await stacks.settled(StackName);
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  expect(StackEvents[0]?.ResourceStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(StackEvents.map(({ ResourceStatusReason }) => ResourceStatusReason ?? '').join()).not.toContain(
    'AcceleratorType',
  );
  const failed = { EventType: 'VALIDATION_ERROR', ValidationStatusReason: 'Unsupported property [AcceleratorType]' };
  const Filters = { FailedEvents: true };
  const events = await cloudFormation.send(new DescribeEventsCommand({ StackName, Filters }));
  expect(events.OperationEvents).toMatchObject([failed]);

  const ChangeSetName = 'changes';
  await cloudFormation.send(new CreateChangeSetCommand({ ...request, ChangeSetName }));
  const ofChangeSet = await cloudFormation.send(new DescribeEventsCommand({ StackName, ChangeSetName, Filters }));
  expect(ofChangeSet.OperationEvents).toMatchObject([failed]);
});

test('deletes', async () => {
  await create();
  const { id } = stacks.require(StackName);
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  await stacks.settled(id);
  await expect(describe1()).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack with id stack does not exist',
  });
  const byId = await cloudFormation.send(new DescribeStacksCommand({ StackName: id }));
  expect(byId.Stacks?.[0]?.StackStatus).toBe('DELETE_COMPLETE');
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
});

const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } };

test.each<[string, object, string[], string | undefined]>([
  ['a role', role, [], 'CAPABILITY_IAM'],
  ['a role', role, ['CAPABILITY_IAM'], undefined],
  ['a named role', { ...role, Properties: { RoleName: 'r' } }, ['CAPABILITY_IAM'], 'CAPABILITY_NAMED_IAM'],
  ['a named role', { ...role, Properties: { RoleName: 'r' } }, ['CAPABILITY_NAMED_IAM'], undefined],
  ['a policy', { Type: 'AWS::IAM::Policy', Properties: { PolicyName: 'p' } }, ['CAPABILITY_IAM'], undefined],
])('%s needs its capability acknowledged', async (_name, resource, capabilities, missing) => {
  const created = cloudFormation.send(
    new CreateStackCommand({
      StackName,
      TemplateBody: JSON.stringify({ Resources: { R: resource } }),
      Capabilities: capabilities as 'CAPABILITY_IAM'[],
    }),
  );
  if (missing === undefined) {
    await created;
    await stacks.settled(StackName);
    expect((await describe1())?.StackStatus).toBe('CREATE_COMPLETE');
  } else {
    await expect(created).rejects.toMatchObject({
      name: 'InsufficientCapabilitiesException',
      message: `Requires capabilities : [${missing}]`,
    });
  }
});

test('answers errors as AWS words them', async () => {
  await create();
  const errors: [() => Promise<unknown>, string, string][] = [
    [
      () => cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody })),
      'AlreadyExistsException',
      'Stack [stack] already exists',
    ],
    [
      () => cloudFormation.send(new UpdateStackCommand({ StackName: 'no', UsePreviousTemplate: true })),
      'ValidationError',
      'Stack [no] does not exist',
    ],
    [
      () => cloudFormation.send(new DescribeStackEventsCommand({ StackName: 'no' })),
      'ValidationError',
      'Stack [no] does not exist',
    ],
    [
      () => cloudFormation.send(new UpdateStackCommand({ StackName })),
      'ValidationError',
      'Either Template URL or Template Body',
    ],
    [
      () => cloudFormation.send(new UpdateStackCommand({ StackName, TemplateURL: 'https://s3.amazonaws.com/none/x' })),
      'ValidationError',
      'S3 error: there is no bucket none',
    ],
    [
      () =>
        cloudFormation.send(new UpdateStackCommand({ StackName, UsePreviousTemplate: true, DisableRollback: true })),
      'ValidationError',
      'the local CloudFormation does not carry out DisableRollback of UpdateStack',
    ],
    [
      () => cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, NotificationARNs: ['arn:topic'] })),
      'ValidationError',
      'the local CloudFormation does not carry out NotificationARNs.member.1 of CreateStack',
    ],
    [
      () =>
        cloudFormation.send(
          new CreateChangeSetCommand({
            StackName,
            ChangeSetName: 'c',
            TemplateBody,
            DeploymentConfig: { Mode: 'EXPRESS' },
          }),
        ),
      'ValidationError',
      'the local CloudFormation has no deployments of mode EXPRESS',
    ],
    [
      () => cloudFormation.send(new ListTypesCommand({})),
      'InvalidAction',
      'the local CloudFormation has no action ListTypes',
    ],
  ];
  for (const [call, name, text] of errors) {
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, message: expect.stringContaining(text) as string });
  }
});

test("a reason with a terminal's control characters arrives readable", async () => {
  const Failing = { Type: 'Test::Thing', Properties: { Fail: 'create', Name: 'x' } };
  jest
    .spyOn(ScriptedProvider.prototype, 'create')
    .mockRejectedValueOnce(new Error('\u001b[31mred\u001b[0m <&>\n  line'));
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources: { Failing } }) }),
  );
  await stacks.settled(StackName);
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
  expect(failed?.ResourceStatusReason).toBe('\uFFFD[31mred\uFFFD[0m <&>\n  line');
});

describe('other services', () => {
  const call = async (service: string, body: string, headers: Record<string, string> = {}) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/${service}/aws4_request, Signature=00`;
    const answer = await fetch(server.url, { method: 'POST', headers: { authorization, ...headers }, body });
    return [answer.status, await answer.text()] as const;
  };
  const ssm = (action: string, input: object) =>
    call('ssm', JSON.stringify(input), { 'x-amz-target': `AmazonSSM.${action}` });

  test('STS knows the one account and lends any role', async () => {
    expect((await call('sts', 'Action=GetCallerIdentity'))[1]).toContain('<Account>000000000000</Account>');
    const [status, body] = await call(
      'sts',
      'Action=AssumeRole&RoleSessionName=me&RoleArn=arn:aws:iam::000000000000:role/deploy',
    );
    expect(status).toBe(200);
    expect(body).toContain('assumed-role/deploy/me');
    expect(await call('sts', 'Action=AssumeRole&RoleSessionName=me&RoleArn=arn&ExternalId=x')).toEqual([
      400,
      expect.stringContaining('the local STS does not carry out ExternalId of AssumeRole'),
    ]);
    expect(await call('sts', 'Action=GetSessionToken')).toEqual([
      400,
      expect.stringContaining('no action GetSessionToken'),
    ]);
  });

  test('SSM reads parameters and names those it has not', async () => {
    expect(JSON.parse((await ssm('GetParameter', { Name: '/version' }))[1])).toMatchObject({
      Parameter: { Value: '33' },
    });
    expect(await ssm('GetParameter', { Name: '/none' })).toEqual([400, expect.stringContaining('"ParameterNotFound"')]);
    expect(await ssm('GetParameter', { Name: '/version', Selector: ':1' })).toEqual([
      400,
      expect.stringContaining('the local SSM: Selector: '),
    ]);
    expect(await ssm('PutParameter', {})).toEqual([400, expect.stringContaining('no action PutParameter')]);
  });
});
