import { SageMakerRuntimeClient } from './sagemaker-runtime.vendor';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { readEnvironment } from '../shared/environment';
import { classify } from './classify';
import { answerPreflight } from './cors';
import { describeModel } from './describe-model';
import { EndpointName } from './endpoint-name';

const environment = readEnvironment('ENDPOINT_NAME', 'ENDPOINT_NAME_PARAMETER', 'METRIC_NAMESPACE', 'ARTIFACTS_BUCKET');
/** Empty where no web page may call. */
const allowedOrigins = (process.env.ALLOWED_ORIGINS ?? '').split(',').filter((origin) => origin !== '');

/** Before the function's 28 s and the gateway's 29 s, so that a time-out is answered here. */
const TIMEOUT_MILLISECONDS = 25_000;

const endpoint = {
  name: new EndpointName(environment.ENDPOINT_NAME, environment.ENDPOINT_NAME_PARAMETER),
  // The client waits for this answer: one more attempt, and then it is the client's turn to decide.
  runtime: new SageMakerRuntimeClient({ maxAttempts: 2 }),
  timeoutMilliseconds: TIMEOUT_MILLISECONDS,
};

/** Answers POST /classify and GET /model behind API Gateway, and the OPTIONS by which a browser asks before them. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  switch (event.httpMethod) {
    case 'OPTIONS':
      return answerPreflight(event, allowedOrigins);
    case 'GET':
      return describeModel(event, { endpoint, allowedOrigins, artifactsBucket: environment.ARTIFACTS_BUCKET });
    default:
      return classify(event, { endpoint, allowedOrigins, metricNamespace: environment.METRIC_NAMESPACE });
  }
}
