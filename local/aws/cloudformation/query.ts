import type { AwsResponse } from '../aws-server';
import { QueryAnswers } from '../query-protocol';
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

const answers = new QueryAnswers('http://cloudformation.amazonaws.com/doc/2010-05-15/');

/** A list of the Query protocol; undefined fields of its members are left out. */
export function members<T>(items: readonly T[]): { member: readonly T[] } | '' {
  return items.length > 0 ? { member: items } : '';
}

export function success(action: string, result: unknown): AwsResponse {
  return answers.success(action, result);
}

export function failure(error: unknown): AwsResponse {
  return error instanceof CloudFormationError
    ? answers.failure(error.status, error.name, error.message)
    : answers.failure(500, 'InternalFailure', error instanceof Error ? error.message : String(error));
}
