import * as v from 'valibot';

/** What the gateway itself has to answer, by API Gateway's names, with its own status and message. */
const DEFAULTS = {
  BAD_REQUEST_BODY: [400, 'Invalid request body'],
  INVALID_API_KEY: [403, 'Forbidden'],
  INVALID_SIGNATURE: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ],
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

/** A mapping expression: a literal in single quotes, or a header of the request. */
const MAPPING = /^'(.*)'$|^method\.request\.header\.([\w-]+)$/;

const mappings = v.record(
  v.string(),
  v.pipe(v.string(), v.regex(MAPPING, 'the local gateway maps literals and request headers only')),
);

/** The properties of AWS::ApiGateway::GatewayResponse. */
export const declaredResponse = v.object({
  RestApiId: v.string(),
  ResponseType: v.string(),
  StatusCode: v.optional(v.string()),
  ResponseTemplates: v.optional(v.strictObject({ 'application/json': v.string() })),
  ResponseParameters: v.optional(mappings, {}),
});

type DeclaredResponse = v.InferOutput<typeof declaredResponse>;

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answers that an API's AWS::ApiGateway::GatewayResponse resources declare, and API Gateway's own for the rest. */
export class GatewayResponses {
  private readonly declared: ReadonlyMap<string, DeclaredResponse>;

  constructor(declared: readonly DeclaredResponse[]) {
    this.declared = new Map(declared.map((response) => [response.ResponseType, response]));
  }

  /** @param requestHeader reads a header of the request, for a response that repeats one */
  answer(type: ResponseType, requestHeader: (name: string) => string | undefined): GatewayAnswer {
    const [status, message] = DEFAULTS[type];
    const response = this.declared.get(type) ?? this.declared.get(status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
    const template = response?.ResponseTemplates?.['application/json'] ?? '{"message":$context.error.messageString}';
    return {
      status: Number(response?.StatusCode ?? status),
      headers: {
        'content-type': 'application/json',
        ...mappedHeaders(response?.ResponseParameters ?? {}, requestHeader),
      },
      body: template
        .replaceAll('$context.error.messageString', JSON.stringify(message))
        .replaceAll('$context.error.message', message),
    };
  }
}

/** Headers, in lower case, from mapping expressions by parameter; a header that the request does not have is left out. */
function mappedHeaders(
  parameters: v.InferOutput<typeof mappings>,
  requestHeader: (name: string) => string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [parameter, expression] of Object.entries(parameters)) {
    const [, literal, header = ''] = MAPPING.exec(expression) ?? [];
    const value = literal ?? requestHeader(header);
    if (value !== undefined) headers[parameter.replace('gatewayresponse.header.', '').toLowerCase()] = value;
  }
  return headers;
}
