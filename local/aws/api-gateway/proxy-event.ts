import type { APIGatewayProxyEvent, APIGatewayProxyEventMultiValueHeaders } from 'aws-lambda';
import * as v from 'valibot';
import { account } from '../account';

export interface GatewayRequest {
  readonly requestId: string;
  readonly method: string;
  /** Without the stage. */
  readonly path: string;
  /** The resource's path as the API declares it. */
  readonly resourcePath: string;
  readonly stage: string;
  readonly query: URLSearchParams;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
  readonly body: string | null;
}

/** The event that a Lambda proxy integration gets, version 1.0. */
export function proxyEvent(request: GatewayRequest): APIGatewayProxyEvent {
  const multiValueHeaders = multiValue(pairs(request.rawHeaders));
  const multiValueQueryStringParameters = multiValue([...request.query]);
  const headers = lastValues(multiValueHeaders);
  return {
    resource: request.resourcePath,
    path: request.path,
    httpMethod: request.method,
    headers,
    multiValueHeaders,
    queryStringParameters: orNull(lastValues(multiValueQueryStringParameters)),
    multiValueQueryStringParameters: orNull(multiValueQueryStringParameters),
    pathParameters: null,
    stageVariables: null,
    body: request.body,
    isBase64Encoded: false,
    requestContext: {
      accountId: account,
      apiId: 'local',
      authorizer: null,
      protocol: 'HTTP/1.1',
      httpMethod: request.method,
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: request.sourceIp,
        user: null,
        userAgent: headers['User-Agent'] ?? headers['user-agent'] ?? null,
        userArn: null,
      },
      path: `/${request.stage}${request.path}`,
      stage: request.stage,
      requestId: request.requestId,
      requestTimeEpoch: Date.now(),
      resourceId: 'local',
      resourcePath: request.resourcePath,
    },
  };
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] satisfies [string, string]] : [],
  );
}

function multiValue(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of entries) {
    (values[name] ??= []).push(value);
  }
  return values;
}

function lastValues(multi: APIGatewayProxyEventMultiValueHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(multi).map(([name, values]) => [name, values?.at(-1) ?? '']));
}

function orNull<T extends object>(values: T): T | null {
  return Object.keys(values).length === 0 ? null : values;
}

const headerValue = v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String));

/** What a Lambda proxy integration must answer; anything else is a 502. */
export const proxyResult = v.object({
  statusCode: v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer()),
  headers: v.optional(v.record(v.string(), headerValue), {}),
  multiValueHeaders: v.optional(v.record(v.string(), v.array(headerValue)), {}),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
});
