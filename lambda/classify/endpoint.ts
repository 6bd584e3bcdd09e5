import * as v from 'valibot';
import { InvokeEndpointCommand, type SageMakerRuntimeClient } from './sagemaker-runtime.vendor';
import { ApiError } from './api-error';
import { ACCEPT_DETAILS, type DetailedAnswer, parseDetailedAnswer } from './detailed-answer';
import { explainEndpointError, isMissingEndpoint } from './endpoint-error';
import type { EndpointName } from './endpoint-name';
import type { ClassifyRequest } from '../shared/classify-request';
import { endpointDescriptionSchema } from '../shared/model-description';
import { parseJson } from '../shared/endpoint-answer';

/** The endpoint that classifies. */
export interface Endpoint {
  readonly name: EndpointName;
  readonly runtime: SageMakerRuntimeClient;
  /** How long an answer may take, all attempts together. */
  readonly timeoutMilliseconds: number;
}

/**
 * Lets the endpoint classify all texts of a request at once.
 *
 * @returns for each text, its labels with their scores, highest first, and which texts were cut or are uncertain
 * @throws ApiError for every way in which that may fail
 */
export async function classifyTexts(request: ClassifyRequest, endpoint: Endpoint): Promise<DetailedAnswer> {
  const body = await invoke(JSON.stringify(request), endpoint);
  const answer = parseDetailedAnswer(body, request.inputs.length);
  if (answer === undefined) {
    throw new ApiError('ModelError', 'the model gave no valid answer to this request');
  }
  return answer;
}

/**
 * Asks the model on the endpoint what it is.
 *
 * @throws ApiError for every way in which that may fail
 */
export async function askDescription(endpoint: Endpoint): Promise<v.InferOutput<typeof endpointDescriptionSchema>> {
  const description = v.safeParse(
    endpointDescriptionSchema,
    parseJson(await invoke(JSON.stringify({ describe: true }), endpoint)),
  );
  if (!description.success) {
    throw new ApiError('ModelError', 'the model did not tell what it is');
  }
  return description.output;
}

async function invoke(body: string, { name, runtime, timeoutMilliseconds }: Endpoint): Promise<Uint8Array> {
  const abortSignal = AbortSignal.timeout(timeoutMilliseconds);
  const ask = async (): Promise<Uint8Array> => {
    const { Body } = await runtime.send(
      new InvokeEndpointCommand({
        EndpointName: name.current,
        ContentType: 'application/json',
        Accept: ACCEPT_DETAILS,
        Body: body,
      }),
      { abortSignal },
    );
    return Body;
  };
  try {
    return await ask().catch(async (error: unknown) => {
      if (isMissingEndpoint(error) && (await name.hasChanged(abortSignal))) {
        return ask();
      }
      throw error;
    });
  } catch (error) {
    throw explainEndpointError(error);
  }
}
