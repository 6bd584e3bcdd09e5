import { InvokeEndpointCommand, type SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { parseEndpointAnswer, type EndpointAnswer } from '../shared/endpoint-answer';
import { ApiError } from './api-error';
import { explainEndpointError } from './endpoint-error';
import type { ClassifyRequest } from './request';

/** The endpoint that classifies. */
export interface Endpoint {
  readonly name: string;
  readonly runtime: SageMakerRuntimeClient;
  /** How long an answer may take, all attempts together. */
  readonly timeoutMilliseconds: number;
}

/**
 * Lets the endpoint classify all texts of a request at once.
 *
 * @returns for each text, its labels with their scores, highest first
 * @throws ApiError for every way in which that may fail
 */
export async function classifyTexts(request: ClassifyRequest, endpoint: Endpoint): Promise<EndpointAnswer> {
  const body = await invoke(JSON.stringify(request), endpoint);
  const answer = parseEndpointAnswer(body, request.inputs.length);
  if (answer === undefined) {
    throw new ApiError('ModelError', 'the model gave no valid answer to this request');
  }
  return answer;
}

async function invoke(body: string, { name, runtime, timeoutMilliseconds }: Endpoint): Promise<Uint8Array> {
  try {
    const { Body } = await runtime.send(
      new InvokeEndpointCommand({
        EndpointName: name,
        ContentType: 'application/json',
        Accept: 'application/json',
        Body: body,
      }),
      { abortSignal: AbortSignal.timeout(timeoutMilliseconds) },
    );
    return Body;
  } catch (error) {
    throw explainEndpointError(error);
  }
}
