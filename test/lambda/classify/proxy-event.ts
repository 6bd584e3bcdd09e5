import type { APIGatewayProxyEvent } from 'aws-lambda';

/** An event as API Gateway makes one of POST /classify. */
export function proxyEvent(
  body: string | null,
  headers: Record<string, string> = { 'Content-Type': 'application/json' },
  isBase64Encoded = false,
): APIGatewayProxyEvent {
  const requestContext: Pick<APIGatewayProxyEvent['requestContext'], 'requestId'> = { requestId: 'request-1' };
  return {
    body,
    headers,
    multiValueHeaders: {},
    httpMethod: 'POST',
    isBase64Encoded,
    path: '/classify',
    pathParameters: null,
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    stageVariables: null,
    // Nothing else of it is read.
    requestContext: requestContext as APIGatewayProxyEvent['requestContext'],
    resource: '/classify',
  };
}
