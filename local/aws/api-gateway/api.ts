import * as v from 'valibot';
import { ApiError } from '../api-error';
import type { AwsRequest, AwsResponse, AwsService } from '../aws-server';
import { requestProblem } from '../request-problem';
import { type ApiResource, ofType } from './resource-types';

const getApiKey = v.strictObject({ includeValue: v.optional(v.picklist(['true', 'false']), 'false') });

/** API Gateway's own API, read only: the value of an API key, for whoever hands it on. */
export class ApiGatewayService implements AwsService {
  readonly operations = {
    GetApiKey: (id: string, query: unknown) => this.getApiKey(id, query),
  };

  /**
   * @param resources of all stacks
   * @param generatedKey the value of an API key that its template gives none
   */
  constructor(
    private readonly resources: () => readonly ApiResource[],
    private readonly generatedKey: string,
  ) {}

  handle({ method, path, query }: AwsRequest): Promise<AwsResponse> {
    try {
      const [, id] = /^\/apikeys\/([^/]+)$/.exec(path) ?? [];
      if (method !== 'GET' || id === undefined) {
        throw new ApiError(
          'UnknownOperationException',
          `the local API Gateway has no operation ${method} ${path}`,
          404,
        );
      }
      return Promise.resolve(answer(200, this.operations.GetApiKey(id, Object.fromEntries(query))));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return Promise.resolve(answer(error.status, { message: error.message }, { 'x-amzn-errortype': error.name }));
    }
  }

  private getApiKey(id: string, query: unknown): object {
    const parsed = v.safeParse(getApiKey, query);
    if (!parsed.success) {
      throw new ApiError('BadRequestException', `the local API Gateway: ${requestProblem(parsed.issues)}`);
    }
    const key = ofType('ApiKey', this.resources()).find((each) => each.id === id);
    if (key === undefined) {
      throw new ApiError('NotFoundException', 'Invalid API Key identifier specified', 404);
    }
    const { Enabled: enabled, Value: value = this.generatedKey } = key;
    return { id, enabled, ...(parsed.output.includeValue === 'true' ? { value } : {}) };
  }
}

function answer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): AwsResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
