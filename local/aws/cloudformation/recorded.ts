import { randomBytes } from 'node:crypto';
import { account, region } from '../account';
import type { Provisioned, ResolvedResource, ResourceProvider } from './provider';

/**
 * Stands for resources of which the local cloud only keeps a record: nothing runs, but `Ref` and `Fn::GetAtt` answer as AWS's would.
 * A resource is replaced when the property that names it changes.
 */
export const recordedProvider: ResourceProvider = {
  create: (resource) => Promise.resolve(record(resource, physicalName(resource))),
  update: (resource, current) => {
    const given = givenName(resource);
    const before = current.attributes[recordedName];
    return Promise.resolve(record(resource, given ?? (typeof before === 'string' ? before : physicalName(resource))));
  },
  delete: () => Promise.resolve(),
};

/** Where a record keeps the resource's name; no attribute of AWS's is called so. */
const recordedName = '(name)';

interface RecordedType {
  /** The property that names the resource. */
  readonly name?: string;
  /** What `Ref` answers, when it is not the name. */
  readonly ref?: (name: string) => string;
  readonly attributes?: (name: string, resource: ResolvedResource) => Readonly<Record<string, unknown>>;
}

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

/** A type whose `Ref` is its name and whose one attribute is its ARN. */
function named(name: string, toArn: (name: string) => string): RecordedType {
  return { name, attributes: (value) => ({ Arn: toArn(value) }) };
}

/** A type whose `Ref` is its ARN. */
function arnType(name: string, toArn: (name: string) => string, nameAttribute: string): RecordedType {
  return { name, ref: toArn, attributes: (value) => ({ Arn: toArn(value), [nameAttribute]: value }) };
}

/** A type with a generated id, that `Ref` and the attribute both answer. */
function identified(attribute: string): RecordedType {
  return { attributes: (id) => ({ [attribute]: id }) };
}

const types: Readonly<Record<string, RecordedType>> = {
  'AWS::ApiGateway::ApiKey': identified('APIKeyId'),
  'AWS::ApiGateway::Deployment': identified('DeploymentId'),
  'AWS::ApiGateway::Model': { name: 'Name' },
  'AWS::ApiGateway::RequestValidator': identified('RequestValidatorId'),
  'AWS::ApiGateway::Resource': identified('ResourceId'),
  'AWS::ApiGateway::RestApi': { attributes: (id) => ({ RestApiId: id, RootResourceId: `${id}-root` }) },
  'AWS::ApiGateway::Stage': { name: 'StageName' },
  'AWS::ApiGateway::UsagePlan': identified('Id'),
  'AWS::ApiGateway::UsagePlanKey': identified('Id'),
  'AWS::CloudWatch::Alarm': named('AlarmName', (name) => arn('cloudwatch', `alarm:${name}`)),
  'AWS::CloudWatch::CompositeAlarm': named('AlarmName', (name) => arn('cloudwatch', `alarm:${name}`)),
  'AWS::CloudWatch::Dashboard': { name: 'DashboardName' },
  'AWS::EC2::SecurityGroup': { attributes: (id, { properties }) => ({ GroupId: id, VpcId: properties.VpcId }) },
  'AWS::EC2::Subnet': identified('SubnetId'),
  'AWS::EC2::VPC': identified('VpcId'),
  'AWS::Events::Rule': named('Name', (name) => arn('events', `rule/${name}`)),
  'AWS::IAM::InstanceProfile': named(
    'InstanceProfileName',
    (name) => `arn:aws:iam::${account}:instance-profile/${name}`,
  ),
  'AWS::IAM::ManagedPolicy': {
    name: 'ManagedPolicyName',
    ref: (name) => `arn:aws:iam::${account}:policy/${name}`,
    attributes: (name) => ({ PolicyArn: `arn:aws:iam::${account}:policy/${name}` }),
  },
  'AWS::IAM::Policy': { name: 'PolicyName' },
  'AWS::IAM::Role': {
    name: 'RoleName',
    attributes: (name) => ({ Arn: `arn:aws:iam::${account}:role/${name}`, RoleId: `AROA-${name}` }),
  },
  'AWS::KMS::Alias': { name: 'AliasName' },
  'AWS::KMS::Key': { attributes: (id) => ({ Arn: arn('kms', `key/${id}`), KeyId: id }) },
  'AWS::Lambda::Function': named('FunctionName', (name) => arn('lambda', `function:${name}`)),
  'AWS::Lambda::LayerVersion': {
    name: 'LayerName',
    ref: (name) => arn('lambda', `layer:${name}:1`),
    attributes: (name) => ({ LayerVersionArn: arn('lambda', `layer:${name}:1`) }),
  },
  'AWS::Logs::LogGroup': named('LogGroupName', (name) => arn('logs', `log-group:${name}:*`)),
  'AWS::Logs::MetricFilter': { name: 'FilterName' },
  'AWS::S3::Bucket': {
    name: 'BucketName',
    attributes: (name) => ({
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    }),
  },
  'AWS::SNS::Topic': {
    name: 'TopicName',
    ref: (name) => arn('sns', name),
    attributes: (name) => ({ TopicArn: arn('sns', name), TopicName: name }),
  },
  'AWS::SSM::Parameter': {
    name: 'Name',
    attributes: (_name, { properties }) => ({ Type: properties.Type, Value: properties.Value }),
  },
  'AWS::SageMaker::Endpoint': arnType('EndpointName', (name) => arn('sagemaker', `endpoint/${name}`), 'EndpointName'),
  'AWS::SageMaker::EndpointConfig': arnType(
    'EndpointConfigName',
    (name) => arn('sagemaker', `endpoint-config/${name}`),
    'EndpointConfigName',
  ),
  'AWS::SageMaker::Model': arnType('ModelName', (name) => arn('sagemaker', `model/${name}`), 'ModelName'),
  'AWS::StepFunctions::StateMachine': {
    ...arnType('StateMachineName', (name) => arn('states', `stateMachine:${name}`), 'Name'),
  },
};

function record(resource: ResolvedResource, name: string): Provisioned {
  const { ref, attributes } = types[resource.type] ?? {};
  return {
    physicalId: ref?.(name) ?? name,
    attributes: { ...attributes?.(name, resource), [recordedName]: name },
  };
}

function givenName({ type, properties }: ResolvedResource): string | undefined {
  const value = properties[types[type]?.name ?? ''];
  return typeof value === 'string' ? value : undefined;
}

function physicalName(resource: ResolvedResource): string {
  const given = givenName(resource);
  if (given !== undefined) return given;
  const generated = generatedName(resource.stackName, resource.logicalId);
  return resource.type === 'AWS::S3::Bucket' ? generated.toLowerCase() : generated;
}

/** `STACK-LOGICALID-RANDOM`, at most 63 characters, as CloudFormation names what the template leaves unnamed. */
export function generatedName(stackName: string, logicalId: string): string {
  const random = randomBytes(6).toString('hex').toUpperCase();
  return `${stackName.slice(0, 24)}-${logicalId.slice(0, 24)}-${random}`;
}
