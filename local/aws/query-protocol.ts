import { text } from 'node:stream/consumers';
import { ApiError } from './api-error';
import type { AwsRequest, AwsResponse, AwsService } from './aws-server';
import { toXml } from './xml';

/** One action of an API. */
export interface QueryAction {
  /** The parameters that it carries out; `Tags[].Key` is a field of each member of a list. Any other is refused. */
  readonly parameters: readonly string[];
  /** Answers the members of the result, or nothing. Throws ApiError. */
  readonly run: (call: QueryCall) => unknown;
}

/** A service that speaks AWS's Query protocol: a form with an Action, answered in XML. */
export class QueryService implements AwsService {
  /**
   * @param namespace of the answers' XML
   * @param recorded the parameters of any action that are taken without effect: the reason by parameter
   */
  constructor(
    private readonly title: string,
    private readonly namespace: string,
    readonly operations: Readonly<Record<string, QueryAction>>,
    readonly recorded: Readonly<Record<string, string>> = {},
  ) {}

  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      const form = new URLSearchParams(await text(request.body));
      const name = form.get('Action') ?? '';
      const action = this.operations[name];
      if (!action) throw new ApiError('InvalidAction', `the local ${this.title} has no action ${name}`);
      const known = ['Action', 'Version', ...Object.keys(this.recorded), ...action.parameters];
      // An empty list is sent as the bare name of its parameter; like a flag that is off, it asks for nothing.
      const isKnown = (key: string, value: string) => known.includes(key) || value === '' || value === 'false';
      const unknown = [...form].find(([key, value]) => !isKnown(key.replaceAll(/\.member\.\d+/g, '[]'), value));
      if (unknown) {
        throw new ApiError('ValidationError', `the local ${this.title} does not carry out ${unknown[0]} of ${name}`);
      }
      return this.xml(200, `${name}Response`, {
        [`${name}Result`]: (await action.run(new QueryCall(form))) ?? '',
        ResponseMetadata: { RequestId: 'local' },
      });
    } catch (error) {
      const { name, message, status } =
        error instanceof ApiError ? error : new ApiError('InternalFailure', String(error), 500);
      return this.xml(status, 'ErrorResponse', {
        Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: name, Message: message },
        RequestId: 'local',
      });
    }
  }

  private xml(status: number, root: string, content: object): AwsResponse {
    return {
      status,
      headers: { 'content-type': 'text/xml' },
      body: toXml({ [root]: { '@_xmlns': this.namespace, ...content } }),
    };
  }
}

/** The parameters of one call. */
export class QueryCall {
  constructor(private readonly form: URLSearchParams) {}

  get(name: string): string | undefined {
    return this.form.get(name) ?? undefined;
  }

  /** Throws ValidationError when the parameter is missing. */
  require(name: string): string {
    const value = this.get(name);
    if (value !== undefined) return value;
    throw new ApiError(
      'ValidationError',
      `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must not be null`,
    );
  }

  isTrue(name: string): boolean {
    return this.get(name) === 'true';
  }

  strings(name: string): string[] {
    return this.prefixes(name).map((prefix) => this.require(prefix));
  }

  /** One reader of fields for each member of a list of structures. */
  structures(name: string): ((field: string) => string | undefined)[] {
    return this.prefixes(name).map((prefix) => (field) => this.get(`${prefix}.${field}`));
  }

  /** `NAME.member.1`, `NAME.member.2`, ... as far as there are any. */
  private prefixes(name: string): string[] {
    const pattern = new RegExp(`^${name}\\.member\\.(\\d+)`);
    const numbers = new Set([...this.form.keys()].map((key) => Number(pattern.exec(key)?.[1] ?? 0)).filter(Boolean));
    return [...numbers].sort((a, b) => a - b).map((number) => `${name}.member.${number}`);
  }
}

/** A list in an answer. */
export function members<T>(items: readonly T[]): { member: readonly T[] } | '' {
  return items.length > 0 ? { member: items } : '';
}
