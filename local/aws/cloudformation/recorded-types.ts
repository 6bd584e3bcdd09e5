import { account, region } from '../account';
import type { ResourceProvider } from './provider';
import { identified, recordingProvider, type Identity } from './recorded';

interface RecordedType extends Identity {
  /** Why nothing is carried out. */
  readonly reason: string;
  readonly properties: readonly string[];
}

const ROLES_OF_FUNCTIONS =
  '`iam/` reads here what functions may ask of the services; whoever else asks may do everything';
const NO_RESOURCE_POLICIES = 'policies of resources are not evaluated here: loopback is the boundary';
const NO_METRICS = 'no metrics are collected here, so nothing is drawn, and no alarm fires';
const NO_LOG_GROUPS = 'logs are files here, kept until the next --fresh';
const NO_SUBSCRIBERS = 'a message is handed to the local run; nobody else is told';
const NO_EVENTS = 'no events are delivered here';
const NO_ENCRYPTION = 'what lies on this machine is not encrypted';

const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
const iamArn = (resource: string) => `arn:aws:iam::${account}:${resource}`;

/** Every type that is accepted though nothing of it is carried out, with the properties that are known. */
export const recordedTypes: Readonly<Record<string, RecordedType>> = {
  'AWS::CDK::Metadata': { reason: 'tells AWS of the constructs that apps are made of', properties: ['Analytics'] },
  'AWS::CloudFormation::WaitConditionHandle': { reason: 'a placeholder, on AWS too', properties: [] },
  'AWS::CloudWatch::Alarm': {
    reason: NO_METRICS,
    properties: [
      'ActionsEnabled',
      'AlarmActions',
      'AlarmDescription',
      'AlarmName',
      'ComparisonOperator',
      'DatapointsToAlarm',
      'Dimensions',
      'EvaluationPeriods',
      'MetricName',
      'Metrics',
      'Namespace',
      'OKActions',
      'Period',
      'Statistic',
      'Tags',
      'Threshold',
      'TreatMissingData',
      'Unit',
    ],
    name: 'AlarmName',
    attributes: (name) => ({ Arn: arn('cloudwatch', `alarm:${name}`) }),
  },
  'AWS::CloudWatch::Dashboard': {
    reason: NO_METRICS,
    properties: ['DashboardBody', 'DashboardName'],
    name: 'DashboardName',
  },
  'AWS::Events::Rule': {
    reason: NO_EVENTS,
    properties: ['Description', 'EventPattern', 'Name', 'ScheduleExpression', 'State', 'Targets'],
    name: 'Name',
    attributes: (name) => ({ Arn: arn('events', `rule/${name}`) }),
  },
  'AWS::IAM::ManagedPolicy': {
    reason: ROLES_OF_FUNCTIONS,
    properties: ['Description', 'ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles'],
    name: 'ManagedPolicyName',
    ref: (name) => iamArn(`policy/${name}`),
    attributes: (name) => ({ PolicyArn: iamArn(`policy/${name}`) }),
  },
  'AWS::IAM::Policy': {
    reason: ROLES_OF_FUNCTIONS,
    properties: ['PolicyDocument', 'PolicyName', 'Roles'],
    name: 'PolicyName',
  },
  'AWS::IAM::Role': {
    reason: ROLES_OF_FUNCTIONS,
    properties: [
      'AssumeRolePolicyDocument',
      'Description',
      'ManagedPolicyArns',
      'MaxSessionDuration',
      'Path',
      'PermissionsBoundary',
      'Policies',
      'RoleName',
      'Tags',
    ],
    name: 'RoleName',
    attributes: (name) => ({ Arn: iamArn(`role/${name}`), RoleId: `AROA-${name}` }),
  },
  'AWS::KMS::Alias': { reason: NO_ENCRYPTION, properties: ['AliasName', 'TargetKeyId'], name: 'AliasName' },
  'AWS::KMS::Key': {
    reason: NO_ENCRYPTION,
    properties: ['Description', 'EnableKeyRotation', 'KeyPolicy', 'PendingWindowInDays', 'Tags'],
    attributes: (id) => ({ Arn: arn('kms', `key/${id}`), KeyId: id }),
  },
  'AWS::Lambda::Permission': {
    reason: NO_RESOURCE_POLICIES,
    properties: ['Action', 'FunctionName', 'Principal', 'SourceAccount', 'SourceArn'],
    ...identified('Id'),
  },
  'AWS::Logs::LogGroup': {
    reason: NO_LOG_GROUPS,
    properties: ['KmsKeyId', 'LogGroupClass', 'LogGroupName', 'RetentionInDays', 'Tags'],
    name: 'LogGroupName',
    attributes: (name) => ({ Arn: arn('logs', `log-group:${name}:*`) }),
  },
  'AWS::S3::BucketPolicy': { reason: NO_RESOURCE_POLICIES, properties: ['Bucket', 'PolicyDocument'] },
  'AWS::SNS::Subscription': {
    reason: NO_SUBSCRIBERS,
    properties: ['Endpoint', 'FilterPolicy', 'Protocol', 'RawMessageDelivery', 'TopicArn'],
  },
  'AWS::SNS::Topic': {
    reason: NO_SUBSCRIBERS,
    properties: ['DisplayName', 'KmsMasterKeyId', 'Tags', 'TopicName'],
    name: 'TopicName',
    ref: (name) => arn('sns', name),
    attributes: (name) => ({ TopicArn: arn('sns', name), TopicName: name }),
  },
  'AWS::SNS::TopicPolicy': { reason: NO_RESOURCE_POLICIES, properties: ['PolicyDocument', 'Topics'] },
};

export const recordedProviders: Readonly<Record<string, ResourceProvider>> = Object.fromEntries(
  Object.entries(recordedTypes).map(([type, { reason, properties, ...identity }]) => {
    const recorded = Object.fromEntries(properties.map((property) => [property, reason]));
    return [type, recordingProvider({ carriedOut: [], recorded }, identity)];
  }),
);
