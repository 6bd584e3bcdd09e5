import XMLBuilder from 'fast-xml-builder';
import type { AwsResponse } from '../aws-server';
import { CloudFormationError, ValidationError } from './errors';

/** The parameters of a call in AWS's Query protocol: `Parameters.member.1.ParameterKey=...` */
export class QueryParameters {
  constructor(private readonly form: URLSearchParams) {}

  get(name: string): string | undefined {
    return this.form.get(name) ?? undefined;
  }

  /** Throws ValidationError when the parameter is missing. */
  require(name: string): string {
    const value = this.get(name);
    if (value === undefined) {
      throw new ValidationError(
        `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must not be null`,
      );
    }
    return value;
  }

  isTrue(name: string): boolean {
    return this.get(name) === 'true';
  }

  strings(name: string): string[] {
    return [...this.members(name)].map((prefix) => this.require(prefix));
  }

  /** One reader of fields for each member of a list of structures. */
  structures(name: string): ((field: string) => string | undefined)[] {
    return [...this.members(name)].map((prefix) => (field) => this.get(`${prefix}.${field}`));
  }

  /** `NAME.member.1`, `NAME.member.2`, ... in order. */
  private *members(name: string): Generator<string> {
    for (let index = 1; ; index++) {
      const prefix = `${name}.member.${index}`;
      if (![...this.form.keys()].some((key) => key === prefix || key.startsWith(`${prefix}.`))) return;
      yield prefix;
    }
  }
}

// XML 1.0 has no way to write control characters, and a failure's reason may be a terminal's output.
// eslint-disable-next-line no-control-regex
const unprintable = /[\x00-\x08\x0b\x0c\x0e-\x1f]/g;

const builder = new XMLBuilder({
  suppressEmptyNode: true,
  ignoreAttributes: false,
  tagValueProcessor: (_name: string, value: unknown) =>
    typeof value === 'string' ? value.replace(unprintable, '\uFFFD') : value,
});

const namespace = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

/** A list of the Query protocol; undefined fields of its members are left out. */
export function members<T>(items: readonly T[]): { member: readonly T[] } | '' {
  return items.length > 0 ? { member: items } : '';
}

export function success(action: string, result: unknown): AwsResponse {
  return xml(200, `${action}Response`, {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: 'local' },
  });
}

export function failure(error: unknown): AwsResponse {
  const known = error instanceof CloudFormationError;
  return xml(known ? error.status : 500, 'ErrorResponse', {
    Error: {
      Type: known ? 'Sender' : 'Receiver',
      Code: known ? error.name : 'InternalFailure',
      Message: error instanceof Error ? error.message : String(error),
    },
    RequestId: 'local',
  });
}

function xml(status: number, root: string, content: object): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: builder.build({ [root]: { '@_xmlns': namespace, ...content } }),
  };
}
