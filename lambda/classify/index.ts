import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { readEnvironment } from '../shared/environment';
import { classify } from './classify';
import { EndpointClient } from './endpoint-client';

const { ENDPOINT_NAME, RUNTIME_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = readEnvironment(
  'ENDPOINT_NAME',
  'RUNTIME_URL',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
);
const { AWS_ENDPOINT_URL, AWS_SESSION_TOKEN } = process.env;
/** Empty where no web page may call. */
const allowedOrigins = (process.env.ALLOWED_ORIGINS ?? '').split(',').filter((origin) => origin !== '');

/** Before the function's 28 s and the gateway's 29 s, so that a time-out is answered here. */
const TIMEOUT_MILLISECONDS = 25_000;

const endpoint = {
  name: ENDPOINT_NAME,
  client: new EndpointClient({
    url: AWS_ENDPOINT_URL ?? RUNTIME_URL,
    region: AWS_REGION,
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN,
    },
  }),
  timeoutMilliseconds: TIMEOUT_MILLISECONDS,
};

/** Answers POST /classify behind API Gateway. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  return classify(event, { endpoint, allowedOrigins });
}
