import type { Environment } from 'aws-cdk-lib';
import { matches } from '../../../local/aws/iam/pattern';
import { ALWAYS } from '../serving/resource-types';
import { synthesized } from '../synthesized';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

interface StackTemplate {
  readonly Resources?: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

/** A resource of a serving stack, its properties as in the template. */
interface Deployed {
  readonly type: string;
  readonly logicalId: string;
  readonly stackName: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly resolve: (value: unknown) => string;
}

/** What IAM is asked for: an action, on what, and what condition keys say. */
interface Call {
  readonly action: string;
  /** `*` where the action knows no resource. */
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

interface Statement {
  readonly sid: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Keys of conditions and what they must equal. */
  readonly equal: Readonly<Record<string, string>>;
}

interface Classifier {
  readonly statements: readonly Statement[];
  readonly roleArn: string;
  readonly servingRoleArn: string;
  readonly trust: unknown;
  readonly resources: readonly Deployed[];
}

const ACCOUNT = '123456789012';
const REGION = 'eu-west-1';
const ENV = { account: ACCOUNT, region: REGION };
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
};
const TAG = { team: 'x' };

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const on = (resource: string, ...actions: readonly string[]): Call[] => actions.map((action) => ({ action, resource }));
const toPass = (resource: string, service: string): Call => ({
  action: 'iam:PassRole',
  resource,
  context: { 'iam:PassedToService': service },
});

// CloudFormation generates these names, from the ids of the resources alone.
const MODEL = arn('sagemaker', 'model/Model-kU8xGd2Wq0Ab');
const ENDPOINT_CONFIG = arn('sagemaker', 'endpoint-config/EndpointConfig-pT4zLm7Yc1Ef');
const SCALABLE_TARGET = arn('application-autoscaling', 'scalable-target/0ec5f2a1b3c4d5e6f7089a1b2c3d4e5f6071');
const LINKED_SERVICE = 'sagemaker.application-autoscaling.amazonaws.com';
const LINKED_ROLE = roleArn(
  `aws-service-role/${LINKED_SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
);

/** The alarms that Application Auto Scaling makes for a policy that tracks a target, as it names them. */
const alarmsOfScaling = (resourceId: unknown): Call[] =>
  on(
    arn('cloudwatch', `alarm:TargetTracking-${String(resourceId)}-AlarmHigh-8f66a0a2-6e4c-4c1b-9d3e-0a1b2c3d4e5f`),
    'cloudwatch:DeleteAlarms',
    'cloudwatch:DescribeAlarms',
    'cloudwatch:PutMetricAlarm',
  );

/**
 * What CloudFormation calls to create, read, update, tag and delete a resource of each type.
 *
 * From `handlers` and `tagging` of the type's schema in the CloudFormation registry (`aws cloudformation describe-type
 * --type RESOURCE --type-name …`), read in pulumi/pulumi-aws-native, aws-cloudformation-schema/, which mirrors it. Not taken
 * from there: what is for properties that no template here has (schedules, a role of scaling's, predictive scaling, Lambda)
 * and what lists all resources of a type, which only imports do. The schemas of Model and EndpointConfig have no handlers:
 * theirs are the operations of SageMaker's API that their properties stand for.
 */
const NEEDED: Readonly<Record<string, (resource: Deployed) => readonly Call[]>> = {
  // A URL that CloudFormation signs itself.
  'AWS::CloudFormation::WaitConditionHandle': () => [],
  'AWS::SageMaker::Model': ({ properties, resolve }) => [
    ...on(MODEL, 'sagemaker:CreateModel', 'sagemaker:DescribeModel', 'sagemaker:DeleteModel'),
    ...on(MODEL, 'sagemaker:AddTags', 'sagemaker:DeleteTags', 'sagemaker:ListTags'),
    toPass(resolve(properties['ExecutionRoleArn']), 'sagemaker.amazonaws.com'),
  ],
  'AWS::SageMaker::EndpointConfig': () => [
    ...on(
      ENDPOINT_CONFIG,
      'sagemaker:CreateEndpointConfig',
      'sagemaker:DescribeEndpointConfig',
      'sagemaker:DeleteEndpointConfig',
    ),
    ...on(ENDPOINT_CONFIG, 'sagemaker:AddTags', 'sagemaker:DeleteTags', 'sagemaker:ListTags'),
  ],
  'AWS::SageMaker::Endpoint': ({ properties }) => {
    const endpoint = arn('sagemaker', `endpoint/${String(properties['EndpointName'])}`);
    return [
      ...on(
        endpoint,
        'sagemaker:CreateEndpoint',
        'sagemaker:DescribeEndpoint',
        'sagemaker:UpdateEndpoint',
        'sagemaker:DeleteEndpoint',
      ),
      // By the Service Authorization Reference, these two ask for the right on the configuration as well.
      ...on(ENDPOINT_CONFIG, 'sagemaker:CreateEndpoint', 'sagemaker:UpdateEndpoint'),
      ...on(endpoint, 'sagemaker:AddTags', 'sagemaker:DeleteTags', 'sagemaker:ListTags'),
    ];
  },
  'AWS::SSM::Parameter': ({ properties }) =>
    on(
      arn('ssm', `parameter${String(properties['Name'])}`),
      'ssm:PutParameter',
      'ssm:GetParameters',
      'ssm:DeleteParameter',
      // With no tags in the template either: the type's page in the Template Reference says which three CloudFormation adds.
      'ssm:AddTagsToResource',
      'ssm:RemoveTagsFromResource',
    ),
  'AWS::CloudWatch::Alarm': ({ stackName, logicalId }) =>
    on(
      arn('cloudwatch', `alarm:${stackName}-${logicalId}-hY5wRn9Xb3Gh`),
      'cloudwatch:PutMetricAlarm',
      'cloudwatch:DescribeAlarms',
      'cloudwatch:DeleteAlarms',
      'cloudwatch:TagResource',
      'cloudwatch:UntagResource',
      'cloudwatch:ListTagsForResource',
    ),
  'AWS::ApplicationAutoScaling::ScalableTarget': ({ properties }) => {
    const [, endpointName] = String(properties['ResourceId']).split('/');
    return [
      ...on(
        SCALABLE_TARGET,
        'application-autoscaling:RegisterScalableTarget',
        'application-autoscaling:DeregisterScalableTarget',
        'application-autoscaling:TagResource',
        'application-autoscaling:UntagResource',
        'application-autoscaling:ListTagsForResource',
      ),
      ...on('*', 'application-autoscaling:DescribeScalableTargets', 'application-autoscaling:DescribeScheduledActions'),
      {
        action: 'iam:CreateServiceLinkedRole',
        resource: LINKED_ROLE,
        context: { 'iam:AWSServiceName': LINKED_SERVICE },
      },
      // By "Auto scaling prerequisites" of SageMaker's guide, the caller must have these; and the alarms below.
      ...on(
        arn('sagemaker', `endpoint/${String(endpointName)}`),
        'sagemaker:DescribeEndpoint',
        'sagemaker:UpdateEndpointWeightsAndCapacities',
      ),
      ...on(ENDPOINT_CONFIG, 'sagemaker:DescribeEndpointConfig'),
      ...alarmsOfScaling(properties['ResourceId']),
    ];
  },
  'AWS::ApplicationAutoScaling::ScalingPolicy': () => [
    ...on(SCALABLE_TARGET, 'application-autoscaling:PutScalingPolicy', 'application-autoscaling:DeleteScalingPolicy'),
    ...on('*', 'application-autoscaling:DescribeScalingPolicies'),
  ],
};

function callsFor(resource: Deployed): readonly Call[] {
  const needed = NEEDED[resource.type];
  if (needed === undefined) {
    throw new Error(
      `${resource.stackName}/${resource.logicalId} is of ${resource.type}, of which this test does not know what ` +
        'CloudFormation calls: add that to NEEDED, from the handlers in its schema, and to the role',
    );
  }
  return needed(resource);
}

function allows(statements: readonly Statement[], { action, resource, context = {} }: Call): boolean {
  const effects = statements
    .filter(
      ({ actions, resources, equal }) =>
        actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
        resources.some((pattern) => matches(pattern, resource)) &&
        Object.entries(equal).every(([key, value]) => context[key] === value),
    )
    .map(({ effect }) => effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

/** What of a statement `allows` knows, and nothing else. */
function statementOf(statement: Readonly<Record<string, unknown>>, resolve: (value: unknown) => string): Statement {
  const { Sid, Effect, Action, Resource: on, Condition = {}, ...rest } = statement;
  const { StringEquals = {}, ...others } = Condition as { StringEquals?: Record<string, string> };
  expect([rest, others]).toEqual([{}, {}]);
  return {
    sid: String(Sid),
    effect: String(Effect),
    actions: [Action].flat().map(String),
    resources: [on].flat().map(resolve),
    equal: StringEquals,
  };
}

/** A value of a template as it will be on AWS, where roles are called as they are in the storage stack. */
function resolver(storage: StackTemplate): (value: unknown) => string {
  return function resolve(value: unknown): string {
    if (typeof value === 'string') {
      return value;
    }
    const [[name, argument] = []] = Object.entries(value ?? {}) as [string, unknown][];
    const pseudo = PSEUDO[String(argument)];
    if (name === 'Ref' && pseudo !== undefined) {
      return pseudo;
    }
    if (name === 'Fn::Join') {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(resolve).join(separator);
    }
    if (name === 'Fn::GetAtt') {
      const [logicalId = '', attribute] = argument as string[];
      if (attribute === 'Arn' && storage.Resources?.[logicalId]?.Type === 'AWS::IAM::Role') {
        return roleArn(logicalId);
      }
    }
    if (name === 'Fn::ImportValue') {
      const exported = Object.values(storage.Outputs ?? {}).find(({ Export }) => Export?.Name === argument);
      if (exported !== undefined) {
        return resolve(exported.Value);
      }
    }
    throw new Error(`this test cannot tell what ${JSON.stringify(value)} is on AWS: teach its resolver`);
  };
}

/** The role as it is in the storage stack, and what it has to change. */
function classifier(
  configuration: unknown,
  tags: Readonly<Record<string, string>> = {},
  env: Environment | undefined = ENV,
): Classifier {
  const { names, assembly } = synthesized(configuration, env, tags);
  const template = (stackName: string) => assembly.getStackByName(stackName).template as StackTemplate;

  const storage = template(names.storageStack);
  const resolve = resolver(storage);
  const roles = Object.entries(storage.Resources ?? {}).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
  const role = (prefix: string) => {
    const found = roles.filter(([logicalId]) => logicalId.startsWith(prefix));
    expect(found).toHaveLength(1);
    return found[0] ?? ['', { Type: '' }];
  };
  const [logicalId, { Properties = {} }] = role('ServingDeploymentRole');
  expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  expect(Properties).not.toHaveProperty('Policies');
  return {
    statements: Object.values(storage.Resources ?? {})
      .filter(({ Properties: policy }) => JSON.stringify(policy?.['Roles'] ?? []).includes(`"${logicalId}"`))
      .flatMap(
        ({ Properties: policy = {} }) =>
          (policy['PolicyDocument'] as { Statement: Record<string, unknown>[] }).Statement,
      )
      .map((statement) => statementOf(statement, resolve)),
    roleArn: roleArn(logicalId),
    servingRoleArn: roleArn(role('ServingRole')[0]),
    trust: (Properties['AssumeRolePolicyDocument'] as { Statement: unknown }).Statement,
    resources: [names.servingStack, names.servingAcceleratedStack].flatMap((stackName) =>
      Object.entries(template(stackName).Resources ?? {}).map(([id, resource]) => ({
        type: resource.Type,
        logicalId: id,
        stackName,
        properties: resource.Properties ?? {},
        resolve,
      })),
    ),
  };
}

const typesOf = (resources: readonly Deployed[]): string[] => [...new Set(resources.map(({ type }) => type))].sort();
const SCALING = { profile: 'gpu', maxInstanceCount: 4 };
const ALARM = 'AWS::CloudWatch::Alarm';
const SCALED = ['AWS::ApplicationAutoScaling::ScalableTarget', 'AWS::ApplicationAutoScaling::ScalingPolicy'];

const CASES: readonly (readonly [string, readonly string[], Classifier])[] = [
  ['with an accelerator', [...ALWAYS, ALARM], classifier({})],
  ['on CPUs', [...ALWAYS, ALARM], classifier({ serving: { profile: 'cpu' } })],
  ['on GPUs, which scales', [...ALWAYS, ALARM, ...SCALED], classifier({ serving: SCALING })],
  ['that is serverless', ALWAYS, classifier({ serving: { profile: 'serverless' } })],
  ['in whatever account and region', [...ALWAYS, ALARM, ...SCALED], classifier({ serving: SCALING }, {}, {})],
  ['with an accelerator and tags', [...ALWAYS, ALARM], classifier({}, TAG)],
  ['on GPUs, which scales, with tags', [...ALWAYS, ALARM, ...SCALED], classifier({ serving: SCALING }, TAG)],
];

describe.each(CASES)('the role that CloudFormation changes a classifier %s under', (_, types, made) => {
  const { statements, resources } = made;

  it('may do all that CloudFormation does to what the serving stacks hold', () => {
    expect(typesOf(resources)).toEqual([...types].sort());
    expect(resources.flatMap(callsFor).filter((call) => !allows(statements, call))).toEqual([]);
  });

  it('is lent to CloudFormation and nobody else', () => {
    expect(made.trust).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'cloudformation.amazonaws.com' } },
    ]);
  });

  it('may do each action by its name, and nothing in a service that the stacks hold nothing of', () => {
    const actions = statements.flatMap((statement) => statement.actions);
    expect(actions.filter((action) => /[*?]/.test(action))).toEqual([]);
    expect([...new Set(actions.map((action) => action.split(':')[0]))].sort()).toEqual(
      [
        'iam',
        'sagemaker',
        'ssm',
        ...(types.includes(ALARM) ? ['cloudwatch'] : []),
        ...(types.includes(SCALED[0] ?? '') ? ['application-autoscaling'] : []),
      ].sort(),
    );
  });

  it('may not make itself more than it is', () => {
    const calls = [
      ...[made.roleArn, made.servingRoleArn, roleArn('another')].flatMap((role) =>
        on(
          role,
          'iam:AttachRolePolicy',
          'iam:CreateRole',
          'iam:PutRolePolicy',
          'iam:UpdateAssumeRolePolicy',
          'sts:AssumeRole',
        ),
      ),
      ...on(
        arn('cloudformation', 'stack/classifier-dev-storage/0a1b2c3d'),
        'cloudformation:CreateStack',
        'cloudformation:UpdateStack',
        'cloudformation:DeleteStack',
      ),
      ...on(arn('lambda', 'function:classifier'), 'lambda:CreateFunction', 'lambda:InvokeFunction'),
      ...on('arn:aws:s3:::artifacts/models/a', 's3:GetObject', 's3:PutObject'),
      toPass(made.roleArn, 'sagemaker.amazonaws.com'),
      toPass(roleArn('another'), 'sagemaker.amazonaws.com'),
      toPass(made.servingRoleArn, 'lambda.amazonaws.com'),
      ...on(made.servingRoleArn, 'iam:PassRole'),
      ...['ecs', 'lambda'].map((service) => ({
        action: 'iam:CreateServiceLinkedRole',
        resource: roleArn(`aws-service-role/${service}.application-autoscaling.amazonaws.com/AWSServiceRoleFor`),
        context: { 'iam:AWSServiceName': `${service}.application-autoscaling.amazonaws.com` },
      })),
      ...on(LINKED_ROLE, 'iam:CreateServiceLinkedRole'),
    ];
    expect(calls.filter((call) => allows(statements, call))).toEqual([]);
  });

  it("may not touch what is another classifier's, or nobody's", () => {
    const calls = [
      ...['spam-dev-instance', 'classifier-prod-instance', 'classifier-dev-instance-2', 'classifier-dev'].flatMap(
        (name) => [
          ...on(
            arn('sagemaker', `endpoint/${name}`),
            'sagemaker:AddTags',
            'sagemaker:CreateEndpoint',
            'sagemaker:DeleteEndpoint',
            'sagemaker:DeleteTags',
            'sagemaker:UpdateEndpoint',
            'sagemaker:UpdateEndpointWeightsAndCapacities',
          ),
          ...alarmsOfScaling(`endpoint/${name}/variant/AllTraffic`),
        ],
      ),
      ...on(arn('sagemaker', 'training-job/classifier-dev-1'), 'sagemaker:AddTags', 'sagemaker:DeleteTags'),
      ...['/spam-dev/endpoint-name', '/classifier-prod/endpoint-name', '/classifier-dev/endpoint-name/more'].flatMap(
        (name) =>
          on(
            arn('ssm', `parameter${name}`),
            'ssm:AddTagsToResource',
            'ssm:DeleteParameter',
            'ssm:GetParameters',
            'ssm:PutParameter',
          ),
      ),
      ...[
        'spam-dev-serving-Faults',
        'classifier-dev-training-Failures',
        'TargetTracking-table/orders-AlarmHigh-1',
      ].flatMap((name) =>
        on(
          arn('cloudwatch', `alarm:${name}`),
          'cloudwatch:DeleteAlarms',
          'cloudwatch:PutMetricAlarm',
          'cloudwatch:TagResource',
          'cloudwatch:UntagResource',
        ),
      ),
    ];
    expect(calls.filter((call) => allows(statements, call))).toEqual([]);
  });
});

it('needs each of its rights: without any one, something that CloudFormation calls is refused', () => {
  // Over all cases, for a right may be there for what another configuration left.
  const needless = new Map<string, boolean>();
  for (const [, , { statements, resources }] of CASES) {
    const calls = resources.flatMap(callsFor);
    for (const statement of statements) {
      for (const action of statement.actions) {
        const without = statements.map((each) =>
          each === statement ? { ...each, actions: each.actions.filter((other) => other !== action) } : each,
        );
        const right = `${statement.sid}: ${action}`;
        needless.set(right, (needless.get(right) ?? true) && calls.every((call) => allows(without, call)));
      }
    }
  }
  expect(needless.size).toBeGreaterThan(30);
  expect([...needless].filter(([, so]) => so).map(([right]) => right)).toEqual([]);
});

it('covers what an app that tags everything tags', () => {
  const tagged = CASES.flatMap(([, , { resources }]) => resources).filter(({ properties }) =>
    /"team"/.test(JSON.stringify(properties['Tags'] ?? null)),
  );
  expect(typesOf(tagged)).toEqual([ALWAYS.slice(1), ALARM, SCALED[0]].flat().sort());
  for (const resource of tagged) {
    const tagging = callsFor(resource).filter(({ action }) => /Tag/.test(action));
    expect({ type: resource.type, tags: tagging.length >= 2 }).toEqual({ type: resource.type, tags: true });
  }
});

it('is a test that fails for a type of resource that it does not know', () => {
  const topic = { type: 'AWS::SNS::Topic', logicalId: 'Topic', stackName: 'serving', properties: {}, resolve: String };
  expect(() => callsFor(topic)).toThrow(/serving\/Topic is of AWS::SNS::Topic, .* add that to NEEDED/);
});
