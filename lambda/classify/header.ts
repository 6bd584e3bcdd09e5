import type { APIGatewayProxyEvent } from 'aws-lambda';

/** A header's value; the gateway hands names over as the client wrote them, in any case. */
export function findHeader({ headers }: APIGatewayProxyEvent, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
