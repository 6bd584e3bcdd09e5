import { JSONPath } from 'jsonpath-plus';
import { RuntimeFailure } from './errors';
import { isObject } from './json';

/** What an expression of a state reads: `$` is the data, `$$` the context object. */
export interface Scope {
  readonly data: unknown;
  readonly context: Readonly<Record<string, unknown>>;
}

/** A compiled path, intrinsic or payload template. Throws RuntimeFailure when the data has no such value. */
export type Expression = (scope: Scope) => unknown;

type Step = string | number;

/** A path at the beginning of a text: where it ends, and how to read it. */
export interface ParsedPath {
  readonly end: number;
  readonly text: string;
  readonly ofContext: boolean;
  /** The steps of a path that names exactly one value; undefined for wildcards, slices, filters and descents. */
  readonly steps: readonly Step[] | undefined;
  /** Answers undefined for a single value that is not there; a path for many values answers a list, perhaps an empty one. */
  readonly find: (scope: Scope) => unknown;
}

const QUOTED = String.raw`'(?:[^'\\]|\\.)*'`;
// A filter compares; whatever else jsonpath-plus would take for JavaScript (calls, patterns, arithmetic) is refused.
const OPERAND = String.raw`(?:@(?:\.\w+|\[\d+\]|\[${QUOTED}\])*|${QUOTED}|-?\d+(?:\.\d+)?|true|false|null)`;
const COMPARISON = String.raw`\s*${OPERAND}\s*(?:[=!]=|[<>]=?)\s*${OPERAND}\s*`;
const SEGMENT = new RegExp(
  [
    String.raw`\.(?<name>[^\s.,:;*?!@#()[\]{}'"$&|<>=~^\x60\\]+)`,
    String.raw`\[(?<quoted>${QUOTED})\]`,
    String.raw`\[(?<index>-?\d+)\]`,
    String.raw`(?<wildcard>\.\*|\[\*\])`,
    String.raw`(?<descent>\.(?=\.[^.])|\.\.(?=\[))`,
    String.raw`\[(?<slice>-?\d*:-?\d*(?::\d+)?)\]`,
    String.raw`\[(?<union>-?\d+(?:,\s*-?\d+)+|${QUOTED}(?:,\s*${QUOTED})+)\]`,
    String.raw`\[(?<filter>\?\(${COMPARISON}(?:(?:&&|\|\|)${COMPARISON})*\))\]`,
  ].join('|'),
  'y',
);

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(['\\])/g, '$1');
}

function follow(root: unknown, steps: readonly Step[]): unknown {
  let value = root;
  for (const step of steps) {
    if (typeof step === 'number') {
      if (!Array.isArray(value)) return undefined;
      value = value.at(step);
    } else {
      if (!isObject(value) || !Object.hasOwn(value, step)) return undefined;
      value = value[step];
    }
  }
  return value;
}

function query(root: unknown, expression: readonly string[]): unknown {
  if (typeof root !== 'object' || root === null) return [];
  // 'safe' interprets filters without eval; an item that lacks what a filter looks into does not match it.
  return JSONPath<unknown>({ path: [...expression], json: root, eval: 'safe', ignoreEvalErrors: true });
}

/** Parses the path at `start` of the text. Throws an Error that says what is wrong with it. */
export function parsePath(text: string, start = 0): ParsedPath {
  const ofContext = text.startsWith('$$', start);
  let end = start + (ofContext ? 2 : 1);
  if (text[start] !== '$') throw new Error(`"${text}" is not a path: it must begin with $`);
  const steps: Step[] = [];
  const expression = ['$'];
  let single = true;
  for (;;) {
    SEGMENT.lastIndex = end;
    const match = SEGMENT.exec(text)?.groups;
    if (match === undefined) break;
    end = SEGMENT.lastIndex;
    const name = match.name ?? (match.quoted === undefined ? undefined : unquote(match.quoted));
    if (name !== undefined) {
      steps.push(name);
      expression.push(`\`${name}`); // The backtick makes jsonpath-plus take the name literally.
    } else if (match.index !== undefined) {
      steps.push(Number(match.index));
      expression.push(match.index.startsWith('-') ? `${match.index}:` : match.index);
    } else {
      single = false;
      expression.push(match.slice ?? match.union ?? match.filter ?? (match.wildcard === undefined ? '..' : '*'));
    }
  }
  const root = (scope: Scope): unknown => (ofContext ? scope.context : scope.data);
  return {
    end,
    text: text.slice(start, end),
    ofContext,
    steps: single ? steps : undefined,
    find: single ? (scope) => follow(root(scope), steps) : (scope) => query(root(scope), expression),
  };
}

function parseWhole(text: string): ParsedPath {
  const path = parsePath(text);
  if (path.end !== text.length) throw new Error(`"${text}" is not a path: cannot read "${text.slice(path.end)}"`);
  return path;
}

/** Reads the path; a single value that is not there is a RuntimeFailure. */
export function pathExpression(path: ParsedPath): Expression {
  return (scope) => {
    const value = path.find(scope);
    if (value === undefined) throw new RuntimeFailure(`The path '${path.text}' references no value in the data.`);
    return value;
  };
}

/** Compiles a path of any kind, as InputPath, OutputPath and ItemsPath hold. Throws an Error when it is not one. */
export function compilePath(text: string): Expression {
  return pathExpression(parseWhole(text));
}

/** Compiles a reference path, one that names exactly one value. `find` answers undefined where there is none. */
export function compileReference(text: string): { readonly find: Expression; readonly read: Expression } {
  const path = parseWhole(text);
  if (path.steps === undefined) throw new Error(`"${text}" must be a reference path: no wildcard, slice or filter`);
  return { find: path.find, read: pathExpression(path) };
}

/** Puts a result into a state's raw input and answers the combination; neither is changed. */
export type Combine = (input: unknown, result: unknown) => unknown;

/** Compiles ResultPath: a reference path into `$`. Missing objects on the way are made; an array index must exist. */
export function compileResultPath(text: string): Combine {
  const path = parseWhole(text);
  const { steps, ofContext } = path;
  if (steps === undefined || ofContext) throw new Error(`"${text}" must be a reference path into $`);
  const write = (target: unknown, [step, ...rest]: readonly Step[], result: unknown): unknown => {
    if (step === undefined) return result;
    if (typeof step === 'number') {
      if (!Array.isArray(target) || target.at(step) === undefined) {
        throw new RuntimeFailure(
          `The ResultPath '${text}' does not fit the input: there is no item ${step} to replace.`,
        );
      }
      return target.with(step, write(target.at(step), rest, result)) as unknown;
    }
    if (target !== undefined && !isObject(target)) {
      throw new RuntimeFailure(
        `The ResultPath '${text}' does not fit the input: '${step}' would go into a non-object.`,
      );
    }
    const child = target !== undefined && Object.hasOwn(target, step) ? target[step] : undefined;
    return { ...target, [step]: write(child, rest, result) };
  };
  return (input, result) => write(input, steps, result);
}
