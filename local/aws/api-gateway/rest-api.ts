import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { GatewayResponses, type ResponseType } from './gateway-responses';
import { type GatewayRequest, proxyEvent, proxyResult } from './proxy-event';
import { type ApiResource, type Method, ofType } from './resource-types';
import { signatureProblem } from './signature';
import { UsagePlan } from './usage-plan';

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

/** API Gateway gives an integration this long. */
const INTEGRATION_TIMEOUT_MS = 29_000;

interface Route {
  readonly path: string;
  readonly method: Method;
}

interface ApiKey {
  readonly value: string;
  readonly usagePlans: readonly UsagePlan[];
}

/**
 * One REST API as its resources in a deployed stack describe it: routes, API keys and usage plans, signatures,
 * gateway responses, Lambda proxy integrations.
 */
export class RestApi {
  private constructor(
    /** Clients may put it before the path, as they must on AWS. */
    readonly stageName: string,
    private readonly routes: readonly Route[],
    private readonly apiKeys: readonly ApiKey[],
    private readonly stageLimits: readonly UsagePlan[],
    private readonly responses: GatewayResponses,
    private readonly invokeFunction: InvokeFunction,
  ) {}

  /**
   * @param resources of the stack, by logical id
   * @param generatedKey the value of an API key that the template gives none
   * @throws ValiError when a resource asks for what this gateway does not know
   */
  static fromResources(
    resources: readonly ApiResource[],
    generatedKey: string,
    invokeFunction: InvokeFunction,
  ): RestApi {
    const paths = new Map(ofType('Resource', resources).map((each) => [each.id, each]));
    const pathOf = (resourceId: string): string => {
      const resource = paths.get(resourceId);
      return resource === undefined ? '' : `${pathOf(resource.ParentId)}/${resource.PathPart}`;
    };
    const routes = ofType('Method', resources).map((method): Route => ({
      path: pathOf(method.ResourceId) || '/',
      method,
    }));

    const now = Date.now();
    const plans = new Map(ofType('UsagePlan', resources).map((plan) => [plan.id, new UsagePlan(plan, now)]));
    const apiKeys = ofType('ApiKey', resources)
      .filter(({ Enabled }) => Enabled)
      .map(({ id, Value }): ApiKey => {
        const keyPlans = ofType('UsagePlanKey', resources).filter(({ KeyId }) => KeyId === id);
        return {
          value: Value ?? generatedKey,
          usagePlans: keyPlans.flatMap(({ UsagePlanId }) => plans.get(UsagePlanId) ?? []),
        };
      });

    const [stage] = ofType('Stage', resources);
    return new RestApi(
      stage?.StageName ?? 'local',
      routes,
      apiKeys,
      (stage?.MethodSettings ?? []).map(
        ({ ThrottlingRateLimit: RateLimit, ThrottlingBurstLimit: BurstLimit }) =>
          new UsagePlan({ Throttle: { RateLimit, BurstLimit } }, now),
      ),
      new GatewayResponses(ofType('GatewayResponse', resources)),
      invokeFunction,
    );
  }

  /** The paths that can be called with a method, for showing. */
  paths(httpMethod: string): readonly string[] {
    return this.routes.filter((route) => route.method.HttpMethod === httpMethod).map(({ path }) => path);
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
    // A body that is too large was not read, so its signature cannot be checked.
    if (request.body === undefined) {
      return refuse('REQUEST_TOO_LARGE');
    }
    const refusal =
      (route.method.AuthorizationType === 'AWS_IAM'
        ? await signatureProblem({ ...request, header, body: request.body }, Date.now())
        : undefined) ??
      (route.method.ApiKeyRequired ? this.checkApiKey(header('x-api-key')) : undefined) ??
      firstRefusal(this.stageLimits);
    if (refusal !== undefined) {
      return refuse(refusal);
    }
    // What a function gets is text.
    if (!isUtf8(request.body)) {
      return refuse('BAD_REQUEST_BODY');
    }
    const body = request.body.toString('utf8');
    return this.proxy(
      route.method.Integration.Uri,
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
    return firstRefusal(key.usagePlans);
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

/** Counts a request in with each, and answers the first that does not admit it. */
function firstRefusal(limits: readonly UsagePlan[]): ResponseType | undefined {
  return limits.map((limit) => limit.admit(Date.now())).find((admission) => admission !== 'ADMITTED');
}

function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  const index = rawHeaders.findIndex((each, at) => at % 2 === 0 && each.toLowerCase() === name.toLowerCase());
  return index < 0 ? undefined : rawHeaders[index + 1];
}

function lowerCased<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
