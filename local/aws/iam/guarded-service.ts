import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ApiError } from '../api-error';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { toXml } from '../xml';
import { type AccessRule, accessRules, type GuardedServiceName, type TagsOf } from './access-rules';
import type { Authority } from './iam';
import { sessionOf } from './role-session';

/** Services that first ask whether a request may do what it asks for. */
export function guardedServices(
  services: Readonly<Record<GuardedServiceName, AwsService>>,
  authority: Authority,
  tagsOf: TagsOf,
): Readonly<Record<string, AwsService>> {
  const rules = Object.entries(accessRules(tagsOf)) as [GuardedServiceName, AccessRule][];
  return Object.fromEntries(rules.map(([name, rule]) => [name, new GuardedService(services[name], rule, authority)]));
}

/** A service that first asks whether a request may do what it asks for. */
class GuardedService implements AwsService {
  constructor(
    private readonly service: AwsService,
    private readonly rule: AccessRule,
    private readonly authority: Authority,
  ) {}

  get operations(): AwsService['operations'] {
    return this.service.operations;
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const { accessKeyId } = request;
    // Nothing is asked of the account's own keys.
    if (sessionOf(accessKeyId) === undefined) return this.service.handle(request);
    const body = await buffer(request.body);
    try {
      for (const access of await this.rule(request, body.toString())) this.authority.require(accessKeyId, access);
    } catch (error) {
      if (error instanceof ApiError) return refusal(request, error.message);
      throw error;
    }
    return this.service.handle({ ...request, body: Readable.from([body]) });
  }
}

/** In the protocol of the request: XML for a form, JSON for all others. */
function refusal({ headers }: AwsRequest, message: string): AwsResponse {
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const Error = { Type: 'Sender', Code: 'AccessDenied', Message: message };
    return {
      status: 403,
      headers: { 'content-type': 'text/xml' },
      body: toXml({ ErrorResponse: { Error, RequestId: 'local' } }),
    };
  }
  return {
    // The JSON protocols have 400 for every error of the client's; those without a target are REST's.
    status: headers['x-amz-target'] === undefined ? 403 : 400,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' },
    body: JSON.stringify({ __type: 'AccessDeniedException', message, Message: message }),
  };
}
