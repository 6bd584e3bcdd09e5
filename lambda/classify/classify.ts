import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ApiError } from './api-error';
import { metricLine } from '../shared/metric-line';
import { corsHeaders } from './cors';
import type { DetailedAnswer } from './detailed-answer';
import { classifyTexts, type Endpoint } from './endpoint';
import { describeError, failureOf } from './failure';
import { MODEL_VERSION, TRUNCATED_INPUTS, UNCERTAIN_INPUTS } from './header';
import { parseRequest } from './request';

/** Lambda answers at most 6 MB, of which this leaves some to the status and the headers. */
const LARGEST_ANSWER = 6 * 1024 * 1024 - 4096;

export interface ClassifyOptions {
  readonly endpoint: Endpoint;
  /** The web origins whose pages may read the answer. */
  readonly allowedOrigins: readonly string[];
  /** Of the metrics that count inputs which were cut, and uncertain ones. */
  readonly metricNamespace: string;
}

/**
 * Answers one POST /classify: `[[{"label", "score"}, …], …]`, one list for each text, or `{"error", "error_type"}`.
 * Its headers tell which model answered, and which inputs were cut or are uncertain. Writes one line to the log, without
 * any of the request's text, and one more for the metrics where there are such inputs.
 */
export async function classify(event: APIGatewayProxyEvent, options: ClassifyOptions): Promise<APIGatewayProxyResult> {
  const start = performance.now();
  const outcome = await answer(event, options.endpoint);
  const { truncated_inputs: truncated = [], uncertain_inputs: uncertain = [] } = outcome.answer ?? {};
  console.log(
    JSON.stringify({
      requestId: event.requestContext.requestId,
      status: outcome.statusCode,
      inputs: outcome.inputs,
      milliseconds: Math.round(performance.now() - start),
      ...(outcome.error && describeError(outcome.error)),
    }),
  );
  if (truncated.length + uncertain.length > 0) {
    const counts = { TruncatedInputs: truncated.length, UncertainInputs: uncertain.length };
    process.stdout.write(`${metricLine(options.metricNamespace, counts, new Date())}\n`);
  }
  return {
    statusCode: outcome.statusCode,
    headers: {
      'Content-Type': 'application/json',
      ...outcome.headers,
      ...(outcome.answer?.model_version && { [MODEL_VERSION]: outcome.answer.model_version }),
      ...(truncated.length > 0 && { [TRUNCATED_INPUTS]: truncated.join(',') }),
      ...(uncertain.length > 0 && { [UNCERTAIN_INPUTS]: uncertain.join(',') }),
      ...corsHeaders(event, options.allowedOrigins),
    },
    body: outcome.body,
  };
}

interface Outcome {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** How many texts there were; 0 when the request could not be read. */
  readonly inputs: number;
  readonly answer?: DetailedAnswer;
  readonly error?: ApiError;
}

async function answer(event: APIGatewayProxyEvent, endpoint: Endpoint): Promise<Outcome> {
  let inputs = 0;
  try {
    const request = parseRequest(event);
    inputs = request.inputs.length;
    const answer = await classifyTexts(request, endpoint);
    const body = JSON.stringify(answer.predictions);
    assertFits(body);
    return { statusCode: 200, body, inputs, answer };
  } catch (thrown) {
    return { inputs, ...failureOf(thrown) };
  }
}

/** The answer's body travels as a JSON string, so that each of its quotes counts twice. */
function assertFits(body: string): void {
  if (Buffer.byteLength(JSON.stringify(body)) > LARGEST_ANSWER) {
    throw new ApiError('PayloadTooLarge', 'the answer would be too large: send fewer texts at once, or lower top_k');
  }
}
