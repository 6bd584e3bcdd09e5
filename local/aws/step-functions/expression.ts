import jsonata from 'jsonata';
import { EvaluationFailure } from './errors';
import { ADDED_FUNCTIONS } from './functions';
import { isObject } from './json';
import { referenceProblems, type StatesField } from './references';

/** What an expression reads: the fields of `$states`, and the variables by their names. */
export interface Scope {
  readonly states: Readonly<Partial<Record<StatesField, unknown>>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * A compiled value of a definition; answers JSON. `field` is its place in its state, such as `Choices[0]/Output`.
 * Throws EvaluationFailure.
 */
export type Evaluate<T> = (scope: Scope, field: string) => Promise<T>;

/** Hears of what is wrong with a value of a definition, and where in it. */
export type Report = (message: string, path: readonly (string | number)[]) => void;

/** Whether a text is an expression, or looks as though it was meant to be one. */
export function isExpression(text: string): boolean {
  return text.startsWith('{%') || text.endsWith('%}');
}

/** Compiles `{% … %}`. */
export function compileExpression(text: string, readable: readonly StatesField[], report: Report): Evaluate<unknown> {
  const none: Evaluate<unknown> = () => Promise.reject(new Error(`${text} was refused.`));
  if (!text.startsWith('{%') || !text.endsWith('%}') || text.length < 4) {
    report('an expression must begin with {% and end with %}', []);
    return none;
  }
  const source = text.slice(2, -2).trim();
  let expression: jsonata.Expression;
  try {
    expression = jsonata(source);
  } catch (error) {
    report(`${describe(error)} (in ${source})`, []);
    return none;
  }
  for (const problem of referenceProblems(expression.ast(), readable)) report(`${problem} (in ${source})`, []);
  for (const [name, { signature, call }] of Object.entries(ADDED_FUNCTIONS)) {
    expression.registerFunction(name, call as (...given: unknown[]) => unknown, signature);
  }
  return async ({ states, variables }, field) => {
    let result: unknown;
    try {
      result = await expression.evaluate(undefined, { ...variables, states });
    } catch (error) {
      throw new EvaluationFailure(field, source, `threw an error during evaluation. ${describe(error)}`);
    }
    if (result === undefined) throw new EvaluationFailure(field, source, 'returned nothing (undefined).');
    return plainJson(result, () => new EvaluationFailure(field, source, 'returned an unsupported result type.'));
  };
}

/** Compiles a JSON value in which each text may be an expression. */
export function compileTemplate(
  value: unknown,
  readable: readonly StatesField[],
  report: Report,
  path: readonly (string | number)[] = [],
): Evaluate<unknown> {
  const tell = (message: string): void => {
    report(message, path);
  };
  const inner = (child: unknown, key: string | number): Evaluate<unknown> =>
    compileTemplate(child, readable, report, [...path, key]);

  if (typeof value === 'string') {
    if (isExpression(value)) return compileExpression(value, readable, tell);
    if (/^States\.\w+\(/.test(value)) tell('intrinsic functions are part of JSONPath, which is not implemented');
  }
  if (Array.isArray(value)) {
    const items = value.map(inner);
    return async (scope, field) => {
      const result: unknown[] = [];
      for (const [index, item] of items.entries()) result.push(await item(scope, `${field}[${index}]`));
      return result;
    };
  }
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, child]) => {
      if (key.endsWith('.$')) report('the suffix .$ is part of JSONPath, which is not implemented', [...path, key]);
      return [key, inner(child, key)] as const;
    });
    return async (scope, field) => {
      const result: [string, unknown][] = [];
      for (const [key, member] of members) result.push([key, await member(scope, `${field}/${key}`)]);
      return Object.fromEntries(result);
    };
  }
  return () => Promise.resolve(value);
}

/** A copy, without what JSONata hides in its arrays, and never of a function or a number that JSON has no text for. */
function plainJson(value: unknown, failure: () => EvaluationFailure): unknown {
  const text = JSON.stringify(value, (_, part: unknown) => {
    const isFunction =
      typeof part === 'function' || (isObject(part) && (part._jsonata_lambda ?? part._jsonata_function));
    if (isFunction || (typeof part === 'number' && !Number.isFinite(part))) throw failure();
    return part;
  });
  return JSON.parse(text) as unknown;
}

/** JSONata throws objects with a code and a message. */
function describe(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  return code === undefined ? message : `${code}: ${message}`;
}
