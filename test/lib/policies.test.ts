import { AwsSolutionsChecks } from 'cdk-nag';
import { synthesized, type Synthesized } from './synthesized';

const VPC = { securityGroupIds: ['sg-0a1b2c3d'], subnetIds: ['subnet-0a1b2c3d', 'subnet-4e5f6a7b'] };
const withAccelerator = synthesized({ notifications: { emails: ['team@example.com'] } });
const onGpu = synthesized({
  serving: { profile: 'gpu', maxInstanceCount: 4, vpc: VPC },
  api: { pages: true, bearerKeys: true },
});

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
}

interface Policy {
  readonly where: string;
  readonly statement: Statement;
}

const policiesOf = ({ assembly }: Synthesized): Policy[] =>
  assembly.stacks.flatMap((stack) =>
    Object.entries(
      (
        stack.template as {
          Resources?: Record<
            string,
            {
              Properties?: {
                PolicyDocument?: { Statement: Statement[] };
                Policies?: { PolicyDocument: { Statement: Statement[] } }[];
              };
            }
          >;
        }
      ).Resources ?? {},
    ).flatMap(([logicalId, { Properties }]) =>
      [
        ...(Properties?.PolicyDocument?.Statement ?? []),
        ...(Properties?.Policies ?? []).flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
      ].map((statement) => ({ where: `${stack.stackName}/${logicalId}`, statement })),
    ),
  );

/** Actions that know no resource, so that `*` is all that can be written. */
const WITHOUT_RESOURCE = [
  'application-autoscaling:DescribeScalableTargets',
  'application-autoscaling:DescribeScheduledActions',
  'application-autoscaling:DescribeScalingPolicies',
  'cloudwatch:PutMetricData',
  'ecr:GetAuthorizationToken',
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
  'sagemaker:ListEndpointConfigs',
  'sagemaker:ListModels',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

const actionsOf = ({ Action }: Statement): readonly string[] =>
  typeof Action === 'string' ? [Action] : (Action ?? []);

/** What SageMaker asks for to run a container in a VPC: network interfaces that have no name until they are there. */
const FOR_A_VPC = [
  'ec2:CreateNetworkInterface',
  'ec2:CreateNetworkInterfacePermission',
  'ec2:DeleteNetworkInterface',
  'ec2:DeleteNetworkInterfacePermission',
  'ec2:DescribeDhcpOptions',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
];

/** What the AwsSolutions rules ask for and this application does otherwise, each for a reason. */
const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  'AwsSolutions-S1':
    'Server access logs of private buckets that only this application uses would cost more than they tell.',
  'AwsSolutions-IAM4': 'AWSLambdaBasicExecutionRole and API Gateway’s role only write logs.',
  'AwsSolutions-IAM5':
    'Wildcards end an ARN: keys under a prefix, jobs and executions under a name; the tests above bound them.',
  'AwsSolutions-L1': 'Node.js 22 is what the bundles are built and tested for.',
  'AwsSolutions-SF1': 'Errors alone are logged: full logs would carry a team’s sentences.',
  'AwsSolutions-APIG2':
    'The one method has its own request validator, as its test shows; the rule looks for one on the whole API.',
  'AwsSolutions-APIG3': 'A web application firewall is billed by the month and belongs to an account’s own rules.',
  'AwsSolutions-APIG4': 'An API key or IAM authorizes, by configuration.',
  'AwsSolutions-COG4': 'There are no users to keep a pool of; an API key or IAM authorizes.',
  'AwsSolutions-APIG6': 'Access logs are on; execution logs would carry a team’s sentences.',
};

const ACKNOWLEDGED_OF_CLOUDFRONT: Readonly<Record<string, string>> = {
  'AwsSolutions-CFR1': 'Whoever has a key may be anywhere.',
  'AwsSolutions-CFR2':
    'Keys, usage plan and throttle are the gateway’s behind it; a firewall is the account’s to choose.',
  'AwsSolutions-CFR3': 'The access log of the gateway has each request.',
  'AwsSolutions-CFR4': 'CloudFront’s own domain leaves no choice of TLS; a domain of one’s own does.',
};

describe.each([
  ['with an accelerator', withAccelerator, WITHOUT_RESOURCE, ACKNOWLEDGED],
  [
    'on GPUs in a VPC, which scales, with pages and bearer keys',
    onGpu,
    [...WITHOUT_RESOURCE, ...FOR_A_VPC],
    { ...ACKNOWLEDGED, ...ACKNOWLEDGED_OF_CLOUDFRONT },
  ],
])('an application %s', (_, application, onEveryResource, acknowledged) => {
  const policies = policiesOf(application);

  it('has policies to look at', () => {
    expect(policies.length).toBeGreaterThan(20);
  });

  it('allows no whole service', () => {
    expect(
      policies.filter(
        ({ statement }) =>
          statement.Effect === 'Allow' && actionsOf(statement).some((action) => /^(?:\w+:)?\*$/.test(action)),
      ),
    ).toEqual([]);
  });

  it('allows on every resource only actions that know none', () => {
    expect(
      policies.filter(
        ({ statement }) =>
          statement.Effect === 'Allow' &&
          [statement.Resource].flat().includes('*') &&
          !actionsOf(statement).every((action) => onEveryResource.includes(action)),
      ),
    ).toEqual([]);
  });

  it('attaches no managed policy but those for writing logs', () => {
    const managed = application.assembly.stacks
      .flatMap((stack) => JSON.stringify(stack.template).match(/(?::iam::aws:)?policy\/[\w/-]+/g) ?? [])
      .filter(
        (policy) => !/service-role\/(?:AWSLambdaBasicExecutionRole|AmazonAPIGatewayPushToCloudWatchLogs)$/.test(policy),
      );
    expect(managed).toEqual([]);
  });

  it('meets the AwsSolutions rules but for those acknowledged above', () => {
    const { violations } = new AwsSolutionsChecks().validateScope(application.app);
    const rules = new Set(violations.map(({ ruleName }) => ruleName.replace(/\[.*$/, '')));
    expect([...rules].filter((rule) => !(rule in acknowledged)).sort()).toEqual([]);
    // An acknowledgement of nothing would hide the next finding.
    expect(Object.keys(acknowledged).filter((rule) => !rules.has(rule))).toEqual([]);
  });
});

it('lets the model into a VPC only where one is configured, and only the model', () => {
  const inEc2 = (application: Synthesized): Policy[] =>
    policiesOf(application).filter(({ statement }) => actionsOf(statement).some((action) => action.startsWith('ec2:')));
  expect(inEc2(withAccelerator)).toEqual([]);
  expect(inEc2(onGpu).map(({ where }) => where)).toEqual([
    expect.stringMatching(/^classifier-dev-storage\/ServingRole/) as string,
  ]);
});

it("lets the model's role read the alarms that roll its updates back, where there are any", () => {
  const reading = (application: Synthesized): unknown[] =>
    policiesOf(application)
      .filter(({ where }) => where.includes('/ServingRole'))
      .filter(({ statement }) => actionsOf(statement).includes('cloudwatch:DescribeAlarms'))
      .map(({ statement }) => statement.Resource);
  expect(reading(synthesized({ serving: { profile: 'serverless' } }))).toEqual([]);
  for (const application of [withAccelerator, onGpu]) {
    expect(reading(application)).toEqual(['arn:aws:cloudwatch:eu-west-1:123456789012:alarm:classifier-dev-serving-*']);
  }
});
