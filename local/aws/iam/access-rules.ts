import { account, region } from '../account';
import type { AwsRequest } from '../aws-server';
import { invokedEndpoint } from '../sagemaker/api';
import type { Access } from './evaluation';

/**
 * What a request to a service asks leave for. S3 says so itself, operation by operation.
 *
 * @param body of the request
 */
export type AccessRule = (request: AwsRequest, body: string) => Promise<readonly Access[]>;

/** The tags of a resource of SageMaker's; none for one that does not exist. */
export type TagsOf = (arn: string) => Promise<Readonly<Record<string, string>>>;

/** Of SageMaker's resources, those that have tags here: a request to an endpoint is not to wait for any. */
const TAGGED = /:(?:model|endpoint-config)\//;

/** As a credential scope has it. */
export type GuardedServiceName = 'apigateway' | 'cloudformation' | 'logs' | 'sagemaker' | 'ssm' | 'states' | 'sts';

type Input = Readonly<Record<string, unknown>>;

/**
 * Each operation is the action of its name, and its resource is what the request names. One that names none asks for `*`. Of what else
 * AWS checks, only the role that a request passes on is: no tags but those of SageMaker's models and endpoint configurations, and no
 * condition keys but those that stand here.
 */
export function accessRules(tagsOf: TagsOf): Readonly<Record<GuardedServiceName, AccessRule>> {
  return {
    apigateway: ({ method, path }) =>
      Promise.resolve([{ action: `apigateway:${method}`, resource: `arn:aws:apigateway:${region}::${path}` }]),
    cloudformation: (_request, body) => Promise.resolve(cloudFormation(new URLSearchParams(body))),
    logs: json((operation, input) => [{ action: `logs:${operation}`, resource: logStreamArn(input) }]),
    sagemaker: (request, body) =>
      Promise.all(
        sageMaker(request, body).map(async (access) => {
          if (!access.action.startsWith('sagemaker:')) return access;
          // Whatever the case of a name, IAM is asked for it in lower case.
          const asked = { ...access, resource: access.resource.toLowerCase() };
          return TAGGED.test(access.resource) ? { ...asked, tags: await tagsOf(access.resource) } : asked;
        }),
      ),
    ssm: json((operation, input) => [
      { action: `ssm:${operation}`, resource: parameterArn(text(input, 'Name') ?? '') },
    ]),
    states: json((operation, input) => [
      {
        action: `states:${operation}`,
        resource: text(input, 'executionArn') ?? text(input, 'stateMachineArn') ?? '*',
      },
    ]),
    sts: (_request, body) => {
      const form = new URLSearchParams(body);
      // Whoever asks may know who he is.
      if (form.get('Action') === 'GetCallerIdentity') return Promise.resolve([]);
      return Promise.resolve([{ action: `sts:${form.get('Action')}`, resource: form.get('RoleArn') ?? '*' }]);
    },
  };
}

/** Of the protocols that name their operation in a header. */
function json(accesses: (operation: string, input: Input) => Access[]): AccessRule {
  return (request, body) => Promise.resolve(accesses(target(request), inputOf(body)));
}

function target({ headers }: AwsRequest): string {
  return String(headers['x-amz-target']).split('.')[1] ?? '';
}

function inputOf(body: string): Input {
  return JSON.parse(body || '{}') as Input;
}

function text(input: Input, field: string): string | undefined {
  const value = input[field];
  return typeof value === 'string' ? value : undefined;
}

function cloudFormation(form: URLSearchParams): Access[] {
  const [stack, role] = [form.get('StackName') ?? undefined, form.get('RoleARN') ?? undefined];
  return [
    {
      action: `cloudformation:${form.get('Action')}`,
      resource: stack === undefined ? '*' : stackArn(stack),
      context: { 'cloudformation:RoleArn': role },
    },
    ...(role === undefined ? [] : [passRole(role, 'cloudformation.amazonaws.com')]),
  ];
}

/** AWS does not look a name up: it asks for any stack that has it. */
function stackArn(nameOrId: string): string {
  return nameOrId.startsWith('arn:') ? nameOrId : `arn:aws:cloudformation:${region}:${account}:stack/${nameOrId}/*`;
}

function passRole(roleArn: string, service: string): Access {
  return { action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': service } };
}

/** As CloudWatch Logs asks for it, also where a whole group, or all groups, is meant. */
function logStreamArn(input: Input): string {
  const [group, stream] = [text(input, 'logGroupName') ?? '', text(input, 'logStreamName') ?? ''];
  return `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:${stream}`;
}

function parameterArn(name: string): string {
  return `arn:aws:ssm:${region}:${account}:parameter${name.startsWith('/') ? name : `/${name}`}`;
}

/** The kind of resource, by the field that names one. */
const sageMakerKinds: Readonly<Record<string, string>> = {
  ModelName: 'model',
  EndpointName: 'endpoint',
  EndpointConfigName: 'endpoint-config',
  TrainingJobName: 'training-job',
  ProcessingJobName: 'processing-job',
};

function sageMaker(request: AwsRequest, body: string): Access[] {
  const endpoint = invokedEndpoint(request.path);
  if (endpoint !== undefined) {
    return [{ action: 'sagemaker:InvokeEndpoint', resource: sageMakerArn('endpoint', endpoint) }];
  }
  const input = inputOf(body);
  const [named] = Object.entries(sageMakerKinds).flatMap(([field, kind]) => {
    const name = text(input, field);
    return name === undefined ? [] : [sageMakerArn(kind, name)];
  });
  const resource = named ?? text(input, 'ResourceArn') ?? '*';
  const role = text(input, 'ExecutionRoleArn') ?? text(input, 'RoleArn');
  return [
    { action: `sagemaker:${target(request)}`, resource },
    ...(input['Tags'] === undefined ? [] : [{ action: 'sagemaker:AddTags', resource }]),
    ...(role === undefined ? [] : [passRole(role, 'sagemaker.amazonaws.com')]),
  ];
}

function sageMakerArn(kind: string, name: string): string {
  return `arn:aws:sagemaker:${region}:${account}:${kind}/${name}`;
}
