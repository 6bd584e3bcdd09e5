import type { AwsService } from './aws-server';
import type { ResourceProvider } from './cloudformation/provider';
import { recordedTypes } from './cloudformation/recorded-types';

/** What the code does not say by its tables: which rules of AWS's a stand-in enforces, and what it leaves out. */
interface StandIn {
  readonly folder: string;
  /** The key of the service whose operations are listed. @default none: it is reached through other stand-ins only */
  readonly service?: string;
  readonly enforces: string;
  readonly leavesOut: string;
}

const STAND_INS: readonly StandIn[] = [
  {
    folder: 'api-gateway',
    service: 'apigateway',
    enforces:
      'routes, API keys, usage plans and the throttle of a stage, SigV4 signatures (five minutes of skew), gateway responses, UTF-8, 10 MB, 29 s',
    leavesOut: 'IAM policies, signatures in the query, request models, mapping templates, access logs',
  },
  {
    folder: 'application-auto-scaling',
    enforces: 'a scalable target must exist, and binds its endpoint',
    leavesOut: 'scaling',
  },
  {
    folder: 'cloudformation',
    service: 'cloudformation',
    enforces:
      'rollback, replacement, retained resources, conditions, rules, exports in use, capabilities, early validation of the accelerator, "No updates", a stack is busy or not updatable, parameters left out take their default, one template of at most 51,200 bytes or 1 MiB in S3, the role of an operation is kept, what a custom resource’s function answers',
    leavesOut:
      'properties of custom resources, nested stacks, macros, imports, drift, stack policies, operations side by side within a stack',
  },
  {
    folder: 'cloudfront',
    enforces: 'the function of viewer requests runs, without network and files; header names in lower case',
    leavesOut: 'caching, other managed policies, functions that answer, a domain of its own: it is where its origin is',
  },
  {
    folder: 'cloudwatch-logs',
    service: 'logs',
    enforces:
      'a log group and a stream must exist, and a group does while it has a stream; limits, pages, periods of retention, no prefix beside the order of time',
    leavesOut:
      'all logs but those of SageMaker’s jobs and endpoints, filters; a line of a file has no time, so that a stream’s is its file’s; a retention is known until the process ends, and nothing expires',
  },
  {
    folder: 'iam',
    enforces:
      'a function may ask of the services only what an Allow of its role’s policies allows and no Deny denies; wildcards, StringEquals, the passing on of a role, tags of SageMaker’s resources, a missing object is 403 to who may not list its bucket',
    leavesOut:
      'policies of resources, boundaries, the roles of state machines, jobs, endpoints and stacks; other elements, operators and keys, and policy variables, are an error once a request needs them',
  },
  {
    folder: 'lambda',
    enforces:
      'time-outs, memory, 4 KB of environment variables, a function error is an answer, warm environments with a temporary folder of their own, only its own environment variables',
    leavesOut: 'layers, versions, other runtimes than Node.js, VPCs, concurrency limits, its API',
  },
  {
    folder: 's3',
    service: 's3',
    enforces:
      'conditions of reads, writes and copies, ranges, multipart uploads are invisible until complete, byte order of keys',
    leavesOut: 'versions, metadata, content types, checksums, lifecycles, encryption, bucket policies, events',
  },
  {
    folder: 'sagemaker',
    service: 'sagemaker',
    enforces:
      'names, fields and their limits, which variants exclude what, names in use, a refused accelerator, spot needs a wait time and Graviton an image of its own, the directory layout and SM_* variables of training jobs, the folders and configuration files of processing jobs and how their inputs are dealt out by key, 120 seconds between SIGTERM and SIGKILL, checkpoints in S3 while a job runs, 25 MiB an invocation',
    leavesOut:
      'instances: each host of a job and each endpoint is a process; images, metrics, deployment guardrails; a processing job sees /opt/ml only by its arguments and variables',
  },
  {
    folder: 'sns',
    enforces: 'the topic must exist; an empty message and a long subject are refused',
    leavesOut: 'subscriptions; it is reached from state machines only',
  },
  {
    folder: 'ssm',
    service: 'ssm',
    enforces: 'a missing parameter, one that exists already, names that begin with aws or ssm',
    leavesOut: 'lists, secure strings, versions, writing by API',
  },
  {
    folder: 'step-functions',
    service: 'states',
    enforces:
      'JSONata and variables, Retry and Catch, time-outs, 256 KiB of payload, an execution’s name and input, a state machine is deleted when its executions have ended, at their next transition; other states and fields are refused before anything runs',
    leavesOut: 'JSONPath, Parallel, distributed Map, task tokens, credentials, express workflows',
  },
  {
    folder: 'sts',
    service: 'sts',
    enforces: 'nothing',
    leavesOut: 'trust policies: any role is lent, with keys that may do everything',
  },
];

/**
 * The text of local/aws/README.md.
 *
 * @param services by the name in a signature's scope
 * @param types by CloudFormation type
 */
export function readme(
  services: Readonly<Record<string, AwsService>>,
  types: Readonly<Record<string, ResourceProvider>>,
): string {
  const standIns = STAND_INS.map(({ folder, service, enforces, leavesOut }) => {
    const operations = Object.keys(services[service ?? '']?.operations ?? {}).join(', ');
    return [`\`${folder}/\``, operations, enforces, leavesOut];
  });
  const carriedOut = Object.entries(types)
    .filter(([type]) => !Object.hasOwn(recordedTypes, type))
    .map(([type, { properties }]) => [
      type.replace('AWS::', ''),
      properties.carriedOut.join(', '),
      Object.entries(properties.recorded)
        .map(([property, reason]) => `${property} (${reason})`)
        .join('; '),
    ]);
  const all = Object.entries(recordedTypes);
  const recorded = [...new Set(all.map(([, { reason }]) => reason))].map((why) => [
    all
      .filter(([, { reason }]) => reason === why)
      .map(([type]) => type.replace('AWS::', ''))
      .join(', '),
    why,
  ]);
  return `<!-- Written by \`npm run docs\` from the tables in the code. -->

# Stand-ins of AWS

One account and region on loopback, for whoever speaks AWS's APIs: the bundled functions, the state machine, the CDK's command
line. They know nothing of this application. **Unknown means refused**: an operation, a parameter, a header, a resource type
or a property that is not named here is an error that names it. IAM is enforced for functions alone: any other key may do
everything, for loopback is the boundary. Signatures are verified by API Gateway only.

${table(['', 'operations', 'rules of AWS that it enforces', 'what it leaves out'], standIns)}
## Resource types

Carried out, by their properties; what is only recorded has no effect.

${table(['AWS::', 'carried out', 'only recorded'], carriedOut)}
Only recorded, with the properties in \`cloudformation/recorded-types.ts\`:

${table(['AWS::', 'why'], recorded)}`;
}

/** A table in Markdown, as long as its rows are: Prettier would pad each cell to the longest of its column. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `<!-- prettier-ignore -->\n${lines.join('\n')}\n`;
}
