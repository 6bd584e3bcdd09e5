import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { closeServer, listenOnLoopback } from '../loopback';
import { parseProperties, type Provisioned, type ResolvedResource, type ResourceProvider } from './provider';

/** Runs a Lambda function on a request. A failure of the code is an answer. */
export type InvokeFunction = (
  functionArn: string,
  request: unknown,
) => Promise<{ readonly functionError?: 'Unhandled'; readonly payload: unknown }>;

type Request =
  | { readonly RequestType: 'Create' }
  | { readonly RequestType: 'Update' | 'Delete'; readonly PhysicalResourceId: string };

const customResource = v.object({ ServiceToken: v.pipe(v.string(), v.startsWith('arn:aws:lambda:')) });

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-responses.html */
const response = v.pipe(
  v.string(),
  v.maxBytes(4096),
  v.parseJson(),
  v.strictObject({
    Status: v.picklist(['SUCCESS', 'FAILED']),
    Reason: v.optional(v.string()),
    PhysicalResourceId: v.pipe(v.string(), v.minBytes(1), v.maxBytes(1024)),
    StackId: v.string(),
    RequestId: v.string(),
    LogicalResourceId: v.string(),
    NoEcho: v.optional(v.boolean()),
    Data: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
);

/**
 * AWS::CloudFormation::CustomResource: a Lambda function does the work, and puts its answer to a URL. One that ends
 * without an answer, for which AWS waits an hour, is a failure at once.
 */
export class CustomResourceProvider implements ResourceProvider {
  readonly properties = { carriedOut: ['ServiceToken'], recorded: {} };

  constructor(private readonly invoke: InvokeFunction) {}

  create(resource: ResolvedResource): Promise<Provisioned> {
    return this.request(resource, { RequestType: 'Create' });
  }

  update(resource: ResolvedResource, current: Provisioned): Promise<Provisioned> {
    return this.request(resource, { RequestType: 'Update', PhysicalResourceId: current.physicalId });
  }

  async delete(resource: ResolvedResource, { physicalId }: Provisioned): Promise<void> {
    await this.request(resource, { RequestType: 'Delete', PhysicalResourceId: physicalId });
  }

  private async request(resource: ResolvedResource, request: Request): Promise<Provisioned> {
    const { ServiceToken } = parseProperties(customResource, resource);
    const ids = {
      StackId: resource.stackId,
      RequestId: randomUUID(),
      LogicalResourceId: resource.logicalId,
    };
    let body: string | undefined;
    const server = createServer((message, answer) => {
      void text(message).then((put) => {
        if (message.method === 'PUT') body = put;
        answer.writeHead(message.method === 'PUT' ? 200 : 403).end();
      });
    });
    const port = await listenOnLoopback(server);
    try {
      const { functionError, payload } = await this.invoke(ServiceToken, {
        ...request,
        ...ids,
        ResponseURL: `http://127.0.0.1:${port}/${ids.RequestId}`,
        ResourceType: resource.type,
        ServiceToken,
        ResourceProperties: resource.properties,
      });
      if (body === undefined) {
        throw new Error(
          `CloudFormation did not receive a response from your Custom Resource: the function ${ServiceToken} ended without one` +
            (functionError ? `, by ${JSON.stringify(payload)}` : ''),
        );
      }
    } finally {
      await closeServer(server);
    }
    return provisioned(body, ids);
  }
}

function provisioned(body: string, ids: Readonly<Record<string, string>>): Provisioned {
  const parsed = v.safeParse(response, body);
  if (!parsed.success) throw new Error(`Invalid response from your Custom Resource: ${parsed.issues[0].message}`);
  const { Status, Reason, PhysicalResourceId, Data, ...echoed } = parsed.output;
  const wrong = Object.entries(ids).find(([name, value]) => echoed[name as keyof typeof echoed] !== value);
  if (wrong) throw new Error(`Invalid response from your Custom Resource: ${wrong[0]} is not that of the request`);
  if (Status === 'FAILED')
    throw new Error(`Received response status [FAILED] from custom resource. Message returned: ${Reason ?? ''}`);
  return { physicalId: PhysicalResourceId, attributes: Data };
}
