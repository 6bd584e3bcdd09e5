import * as v from 'valibot';

/** What the gateway itself has to answer, by API Gateway's names, with its own status and message. */
const DEFAULTS = {
  BAD_REQUEST_BODY: [400, 'Invalid request body'],
  INVALID_API_KEY: [403, 'Forbidden'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token'],
  THROTTLED: [429, 'Too Many Requests'],
  QUOTA_EXCEEDED: [429, 'Limit Exceeded'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long'],
  INTEGRATION_TIMEOUT: [504, 'Endpoint request timed out'],
  INTEGRATION_FAILURE: [504, 'Internal server error'],
  /** What a function that fails, or answers in another form than a proxy must, comes to. */
  DEFAULT_5XX: [502, 'Internal server error'],
} as const satisfies Record<string, readonly [number, string]>;

export type ResponseType = keyof typeof DEFAULTS;

const declared = v.object({
  ResponseType: v.string(),
  StatusCode: v.optional(v.string()),
  ResponseTemplates: v.optional(v.record(v.string(), v.string()), {}),
  ResponseParameters: v.optional(v.record(v.string(), v.string()), {}),
});

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answers that an API's AWS::ApiGateway::GatewayResponse resources declare, and API Gateway's own for the rest. */
export class GatewayResponses {
  private readonly declared: ReadonlyMap<string, v.InferOutput<typeof declared>>;

  /** @param properties of each GatewayResponse resource */
  constructor(properties: readonly unknown[]) {
    this.declared = new Map(
      properties.map((each) => v.parse(declared, each)).map((response) => [response.ResponseType, response]),
    );
  }

  /** @param requestHeader reads a header of the request, for a response that repeats one */
  answer(type: ResponseType, requestHeader: (name: string) => string | undefined): GatewayAnswer {
    const [status, message] = DEFAULTS[type];
    const response = this.declared.get(type) ?? this.declared.get(status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
    const template = response?.ResponseTemplates['application/json'] ?? '{"message":$context.error.messageString}';
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    for (const [name, value] of Object.entries(response?.ResponseParameters ?? {})) {
      const headerValue = mappedValue(value, requestHeader);
      if (headerValue !== undefined) {
        headers[name.replace(/^gatewayresponse\.header\./, '').toLowerCase()] = headerValue;
      }
    }
    return {
      status: Number(response?.StatusCode ?? status),
      headers,
      body: template
        .replaceAll('$context.error.messageString', JSON.stringify(message))
        .replaceAll('$context.error.message', message),
    };
  }
}

/** A mapping expression: a literal in single quotes, or a header of the request. */
export function mappedValue(
  expression: string,
  requestHeader: (name: string) => string | undefined,
): string | undefined {
  const literal = /^'(.*)'$/.exec(expression)?.[1];
  if (literal !== undefined) {
    return literal;
  }
  const header = /^method\.request\.header\.([\w-]+)$/.exec(expression)?.[1];
  if (header === undefined) {
    throw new Error(`the local gateway cannot evaluate the mapping ${expression}`);
  }
  return requestHeader(header);
}
