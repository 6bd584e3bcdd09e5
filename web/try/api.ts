import { apiKey } from './key';

export type Input = string | { readonly text: string; readonly text_pair: string };

export interface ClassifyRequest {
  readonly inputs: readonly Input[];
  readonly parameters?: { readonly min_score: number };
}

export interface Prediction {
  readonly label: string;
  readonly score: number;
}

/** What became of one input. */
export interface Classified {
  readonly predictions: readonly Prediction[];
  readonly truncated: boolean;
  readonly uncertain: boolean;
}

/** What GET /model answers. */
export interface Model {
  readonly version: string | null;
  readonly labels: readonly string[];
  readonly text_pair: boolean;
  readonly several_labels: boolean;
  readonly metrics: Readonly<Record<string, number>>;
  readonly trained_at: string | null;
  readonly deployed_at: string | null;
}

/** The API's own sentence about what is wrong. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** In seconds, where the API says so. */
    readonly retryAfter: number | undefined,
  ) {
    super(message);
  }
}

/** Where the API is: beside this page, whether or not its address ends in a slash. */
export const base = location.origin + location.pathname.replace(/\/?$/, '/');

let version: string | null = null;
let onOtherModel: () => void = () => undefined;

/** Has `callback` called whenever another model answers than before. */
export function watchModel(callback: () => void): void {
  onOtherModel = callback;
}

/** @throws ApiError for what is no answer, and what fetch throws */
export async function classify(request: ClassifyRequest, signal: AbortSignal): Promise<Classified[]> {
  const response = await ask('classify', { method: 'POST', body: JSON.stringify(request), signal });
  const answer = (await response.json()) as Prediction[][];
  const truncated = indexes(response, 'x-truncated-inputs');
  const uncertain = indexes(response, 'x-uncertain-inputs');
  return answer.map((predictions, index) => ({
    predictions,
    truncated: truncated.has(index),
    uncertain: uncertain.has(index),
  }));
}

/** @throws ApiError for what is no answer, and what fetch throws */
export async function describeModel(): Promise<Model> {
  return (await (await ask('model', {})).json()) as Model;
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(base + path, {
    ...init,
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey() },
  });
  if (!response.ok) {
    const retryAfter = response.headers.get('retry-after');
    const { error } = (await response.json()) as { error: string };
    throw new ApiError(response.status, error, retryAfter === null ? undefined : Number(retryAfter));
  }
  const answered = response.headers.get('x-model-version');
  if (answered !== null && answered !== version) {
    const isOther = version !== null;
    version = answered;
    if (isOther) {
      onOtherModel();
    }
  }
  return response;
}

/** The inputs that a header tells, by their places. */
function indexes(response: Response, header: string): Set<number> {
  const value = response.headers.get(header);
  return new Set(value === null ? [] : value.split(',').map(Number));
}
