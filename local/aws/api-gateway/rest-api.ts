import { randomUUID } from 'node:crypto';
import Ajv, { type ValidateFunction } from 'ajv-draft-04';
import * as v from 'valibot';
import { render } from 'velocityjs';
import { GatewayResponses, mappedValue, type ResponseType } from './gateway-responses';
import { type GatewayRequest, proxyEvent, proxyResult } from './proxy-event';
import { UsagePlan } from './usage-plan';

/** A resource of a deployed stack, as much of it as the gateway reads. */
export interface ApiResource {
  readonly type: string;
  readonly physicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Calls a function and tells its answer; `functionError` is set when the function failed. */
export type InvokeFunction = (
  functionArn: string,
  event: unknown,
  signal: AbortSignal,
) => Promise<{ readonly functionError?: unknown; readonly payload: unknown }>;

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
  /** Undefined: it was longer than the gateway takes. */
  readonly body: Buffer | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
}

const method = v.object({
  HttpMethod: v.string(),
  ResourceId: v.string(),
  AuthorizationType: v.optional(v.string(), 'NONE'),
  ApiKeyRequired: v.optional(v.boolean(), false),
  RequestValidatorId: v.optional(v.string()),
  RequestModels: v.optional(v.record(v.string(), v.string()), {}),
  Integration: v.variant('Type', [
    v.object({ Type: v.literal('AWS_PROXY'), Uri: v.string() }),
    v.object({
      Type: v.literal('MOCK'),
      IntegrationResponses: v.array(
        v.object({
          StatusCode: v.string(),
          ResponseParameters: v.optional(v.record(v.string(), v.string()), {}),
          ResponseTemplates: v.optional(v.record(v.string(), v.string()), {}),
        }),
      ),
    }),
  ]),
});
type Method = v.InferOutput<typeof method>;

const pathPart = v.object({ PathPart: v.string(), ParentId: v.string() });
const model = v.object({ Schema: v.record(v.string(), v.unknown()) });
const validator = v.object({ ValidateRequestBody: v.optional(v.boolean(), false) });
const stage = v.object({ StageName: v.string() });
const apiKey = v.object({ Enabled: v.optional(v.boolean(), false), Value: v.optional(v.string()) });
const usagePlanKey = v.object({ KeyId: v.string(), UsagePlanId: v.string() });

/** API Gateway gives an integration this long. */
const INTEGRATION_TIMEOUT_MS = 29_000;

interface Route {
  readonly path: string;
  readonly method: Method;
  readonly validate?: ValidateFunction;
}

interface ApiKey {
  readonly value: string;
  readonly usagePlans: readonly UsagePlan[];
}

/**
 * One REST API as its resources in a deployed stack describe it: routes, request models, API keys and usage plans,
 * gateway responses, Lambda proxy and MOCK integrations.
 */
export class RestApi {
  private constructor(
    /** Clients may put it before the path, as they must on AWS. */
    readonly stageName: string,
    private readonly routes: readonly Route[],
    private readonly apiKeys: readonly ApiKey[],
    private readonly responses: GatewayResponses,
    private readonly invokeFunction: InvokeFunction,
  ) {}

  /**
   * @param resources of the stack, by logical id
   * @param generatedKey the value of an API key that the template gives none
   * @throws ValiError when a resource asks for what this gateway does not know
   */
  static fromResources(
    resources: Iterable<ApiResource>,
    generatedKey: string,
    invokeFunction: InvokeFunction,
  ): RestApi {
    const all = [...resources];
    const ofType = (type: string) => all.filter((resource) => resource.type === `AWS::ApiGateway::${type}`);
    const byId = new Map(all.map((resource) => [resource.physicalId, resource]));

    const pathOf = (resourceId: string): string => {
      const resource = byId.get(resourceId);
      if (resource?.type !== 'AWS::ApiGateway::Resource') {
        return '';
      }
      const { PathPart, ParentId } = v.parse(pathPart, resource.properties);
      return `${pathOf(ParentId)}/${PathPart}`;
    };
    const ajv = new Ajv({ strict: false });
    const routes = ofType('Method').map(({ properties }): Route => {
      const parsed = v.parse(method, properties);
      const rules = byId.get(parsed.RequestValidatorId ?? '');
      const schema = byId.get(parsed.RequestModels['application/json'] ?? '');
      const validates = rules !== undefined && v.parse(validator, rules.properties).ValidateRequestBody;
      return {
        path: pathOf(parsed.ResourceId) || '/',
        method: parsed,
        validate: validates && schema !== undefined ? ajv.compile(v.parse(model, schema.properties).Schema) : undefined,
      };
    });

    const plans = new Map(
      ofType('UsagePlan').map(({ physicalId, properties }) => [physicalId, new UsagePlan(properties, Date.now())]),
    );
    const planKeys = ofType('UsagePlanKey').map(({ properties }) => v.parse(usagePlanKey, properties));
    const apiKeys = ofType('ApiKey').flatMap(({ physicalId, properties }): ApiKey[] => {
      const { Enabled, Value } = v.parse(apiKey, properties);
      const usagePlans = planKeys
        .filter(({ KeyId }) => KeyId === physicalId)
        .flatMap(({ UsagePlanId }) => plans.get(UsagePlanId) ?? []);
      return Enabled ? [{ value: Value ?? generatedKey, usagePlans }] : [];
    });

    const [stageResource] = ofType('Stage');
    return new RestApi(
      stageResource === undefined ? 'local' : v.parse(stage, stageResource.properties).StageName,
      routes,
      apiKeys,
      new GatewayResponses(ofType('GatewayResponse').map(({ properties }) => properties)),
      invokeFunction,
    );
  }

  /** The paths that can be called with POST, for showing. */
  get postPaths(): readonly string[] {
    return this.routes.filter((route) => route.method.HttpMethod === 'POST').map(({ path }) => path);
  }

  /** A key that the API accepts; undefined when it needs none. */
  get apiKey(): string | undefined {
    return this.apiKeys[0]?.value;
  }

  async answer(request: HttpRequest): Promise<HttpAnswer> {
    const header = (name: string) => headerOf(request.rawHeaders, name);
    const refuse = (type: ResponseType) => this.responses.answer(type, header);

    const path = this.withoutStage(request.path);
    const route = this.routes.find((each) => each.path === path && each.method.HttpMethod === request.method);
    if (route === undefined) {
      return refuse('MISSING_AUTHENTICATION_TOKEN');
    }
    if (route.method.AuthorizationType === 'AWS_IAM' && !header('authorization')?.startsWith('AWS4-HMAC-SHA256 ')) {
      return refuse('MISSING_AUTHENTICATION_TOKEN');
    }
    if (route.method.ApiKeyRequired) {
      const refusal = this.checkApiKey(header('x-api-key'));
      if (refusal !== undefined) {
        return refuse(refusal);
      }
    }
    if (request.body === undefined) {
      return refuse('REQUEST_TOO_LARGE');
    }
    const body = request.body.toString('utf8');
    if (route.validate !== undefined && isJson(header('content-type')) && !satisfies(body, route.validate)) {
      return refuse('BAD_REQUEST_BODY');
    }
    const { Integration } = route.method;
    if (Integration.Type === 'MOCK') {
      return mockAnswer(Integration.IntegrationResponses[0], header);
    }
    return this.proxy(
      Integration.Uri,
      {
        requestId: randomUUID(),
        method: request.method,
        path,
        resourcePath: route.path,
        stage: this.stageName,
        query: request.query,
        rawHeaders: request.rawHeaders,
        sourceIp: request.sourceIp,
        body: body === '' ? null : body,
      },
      refuse,
    );
  }

  private withoutStage(path: string): string {
    const prefix = `/${this.stageName}/`;
    return path.startsWith(prefix) ? path.slice(prefix.length - 1) : path;
  }

  private checkApiKey(value: string | undefined): ResponseType | undefined {
    const key = this.apiKeys.find((each) => each.value === value);
    if (key === undefined) {
      return 'INVALID_API_KEY';
    }
    const admissions = key.usagePlans.map((plan) => plan.admit(Date.now()));
    return admissions.find((admission) => admission !== 'ADMITTED');
  }

  private async proxy(
    uri: string,
    request: GatewayRequest,
    refuse: (type: ResponseType) => HttpAnswer,
  ): Promise<HttpAnswer> {
    const functionArn = /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
    if (functionArn === undefined) {
      return refuse('INTEGRATION_FAILURE');
    }
    const timeout = AbortSignal.timeout(INTEGRATION_TIMEOUT_MS);
    let invocation;
    try {
      invocation = await this.invokeFunction(functionArn, proxyEvent(request), timeout);
    } catch (error) {
      if (timeout.aborted) {
        return refuse('INTEGRATION_TIMEOUT');
      }
      throw error;
    }
    const result = v.safeParse(proxyResult, invocation.payload);
    if (invocation.functionError !== undefined || !result.success) {
      return refuse('DEFAULT_5XX');
    }
    const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = result.output;
    return {
      status: statusCode,
      headers: { 'content-type': 'application/json', ...lowerCased(headers), ...lowerCased(multiValueHeaders) },
      body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
    };
  }
}

function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  const index = rawHeaders.findIndex((each, at) => at % 2 === 0 && each.toLowerCase() === name.toLowerCase());
  return index < 0 ? undefined : rawHeaders[index + 1];
}

/** A body without a content type counts as JSON; one of another type meets no model, and the function decides. */
function isJson(contentType: string | undefined): boolean {
  return contentType === undefined || /^application\/json\b/i.test(contentType);
}

function satisfies(body: string, validate: ValidateFunction): boolean {
  try {
    return validate(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) {
      return false;
    }
    throw error;
  }
}

/** A MOCK integration's first response: mapped headers, which its template may override. */
function mockAnswer(
  response: Extract<Method['Integration'], { Type: 'MOCK' }>['IntegrationResponses'][number] | undefined,
  header: (name: string) => string | undefined,
): HttpAnswer {
  const headers: Record<string, string> = {};
  for (const [name, expression] of Object.entries(response?.ResponseParameters ?? {})) {
    const value = mappedValue(expression, header);
    if (value !== undefined) {
      headers[name.replace(/^method\.response\.header\./, '').toLowerCase()] = value;
    }
  }
  const overridden: Record<string, unknown> = {};
  const body = render(response?.ResponseTemplates['application/json'] ?? '', {
    input: { params: () => ({ header: { get: (name: string) => header(name) ?? '' } }) },
    context: { responseOverride: { header: overridden } },
  });
  for (const [name, value] of Object.entries(overridden)) {
    headers[name.toLowerCase()] = String(value);
  }
  return { status: Number(response?.StatusCode ?? 200), headers, body: body.trim() };
}

function lowerCased<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
