import { InvokeEndpointCommand, ModelError, type SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { Reference } from '../shared/reference';
import { isAwsError } from '../shared/aws-error';
import { type EndpointAnswer, parseEndpointAnswer } from '../shared/endpoint-answer';
import { EndpointNotReady, SmokeTestFailed } from '../shared/step-errors';

const LONGEST_MESSAGE = 1000;

/**
 * Lets an endpoint classify texts.
 *
 * @param labels how many of each text's labels to ask for, whether they reach a threshold or not
 * @returns for each text, its labels with their scores, and how long that took, in milliseconds
 * @throws EndpointNotReady when it is too busy or not up yet
 * @throws SmokeTestFailed when the model fails or its answer is not what clients rely on
 */
export async function askEndpoint(
  endpointName: string,
  texts: Reference['texts'],
  labels: number,
  runtime: SageMakerRuntimeClient,
): Promise<{ readonly answer: EndpointAnswer; readonly milliseconds: number }> {
  const start = performance.now();
  const body = await invoke(endpointName, { inputs: texts, parameters: { top_k: labels } }, runtime);
  const answer = parseEndpointAnswer(body, texts.length);
  if (answer === undefined || answer.some((ranked) => ranked.length === 0)) {
    throw new SmokeTestFailed(
      `endpoint ${endpointName} answered something else than [[{"label", "score"}, …]] with finite scores for each text; ` +
        "see code/inference.py in the model's archive",
    );
  }
  return { answer, milliseconds: Math.round(performance.now() - start) };
}

async function invoke(endpointName: string, request: object, runtime: SageMakerRuntimeClient): Promise<Uint8Array> {
  try {
    const { Body } = await runtime.send(
      new InvokeEndpointCommand({
        EndpointName: endpointName,
        ContentType: 'application/json',
        Accept: 'application/json',
        Body: JSON.stringify(request),
      }),
    );
    return Body;
  } catch (error) {
    if (error instanceof ModelError) {
      // Nobody's text but our own can be in the container's message.
      const message = (error.OriginalMessage ?? error.message).slice(0, LONGEST_MESSAGE);
      throw new SmokeTestFailed(`the model on endpoint ${endpointName} failed: ${message}`, { cause: error });
    }
    if (isAwsError(error, 'ModelNotReadyException', 'ServiceUnavailable', 'ThrottlingException')) {
      throw new EndpointNotReady(`endpoint ${endpointName} does not answer yet (${error.name})`, { cause: error });
    }
    throw error;
  }
}
