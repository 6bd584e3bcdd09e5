import { TaskError } from './errors';
import { format, INTRINSICS } from './intrinsics';
import { type Expression, parsePath, pathExpression } from './paths';

/** A parsed argument; `literal` is the raw text of a quoted string, whose `{}` and `\{` only States.Format tells apart. */
interface Argument {
  readonly end: number;
  readonly evaluate: Expression;
  readonly literal?: string;
}

const CALL = /(States\.\w+)\(\s*/y;
const STRING = /'((?:[^'\\]|\\['{}\\])*)'/y;
const CONSTANT = /(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;
const BETWEEN = /\s*([,)])\s*/y;

function at(pattern: RegExp, source: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(source);
}

/** Compiles a call such as `States.Format('{}-{}', $.name, States.UUID())`. Throws an Error that says what is wrong. */
export function compileIntrinsic(source: string): Expression {
  const { end, evaluate } = parseCall(source, 0);
  if (end !== source.length) throw new Error(`cannot read "${source.slice(end)}" after the call in "${source}"`);
  return evaluate;
}

function parseCall(source: string, start: number): Argument {
  const name = at(CALL, source, start)?.[1] ?? '';
  const intrinsic = Object.hasOwn(INTRINSICS, name) ? INTRINSICS[name] : undefined;
  if (intrinsic === undefined) throw new Error(`"${source.slice(start)}" is not a call of a known intrinsic function`);
  const args: Argument[] = [];
  let end = CALL.lastIndex;
  if (source[end] === ')') {
    end += 1;
  } else {
    for (let separator: string | undefined = ','; separator === ',';) {
      const argument = parseArgument(source, end);
      args.push(argument);
      separator = at(BETWEEN, source, argument.end)?.[1];
      if (separator === undefined) throw new Error(`expected , or ) at "${source.slice(argument.end)}" in "${source}"`);
      end = BETWEEN.lastIndex;
    }
  }
  const { fewest, most, call } = intrinsic;
  if (args.length < fewest || args.length > most) {
    throw new Error(`${name} does not take ${args.length} arguments in "${source}"`);
  }
  const [template, ...values] = args;
  const parts =
    name === 'States.Format' && template?.literal !== undefined ? splitTemplate(template.literal) : undefined;
  const evaluate: Expression = (scope) => {
    try {
      return parts === undefined
        ? call(args.map((argument) => argument.evaluate(scope)))
        : format(
            parts,
            values.map((value) => value.evaluate(scope)),
          );
    } catch (error) {
      if (!(error instanceof TaskError) || error.cause.startsWith('States.')) throw error;
      throw new TaskError(error.error, `${name} failed: ${error.cause}.`);
    }
  };
  return { end, evaluate };
}

function parseArgument(source: string, start: number): Argument {
  if (source.startsWith('States.', start)) return parseCall(source, start);
  if (source.startsWith('$', start)) {
    const path = parsePath(source, start);
    return { end: path.end, evaluate: pathExpression(path) };
  }
  const literal = at(STRING, source, start)?.[1];
  if (literal !== undefined) {
    const value = unescape(literal);
    return { end: STRING.lastIndex, evaluate: () => value, literal };
  }
  const constant = at(CONSTANT, source, start)?.[0];
  if (constant === undefined) throw new Error(`cannot read the argument at "${source.slice(start)}" in "${source}"`);
  const value: unknown = JSON.parse(constant);
  return { end: CONSTANT.lastIndex, evaluate: () => value };
}

function unescape(literal: string): string {
  return literal.replace(/\\(.)/gs, '$1');
}

/** The fixed texts around each `{}` of a template. Braces that are not a placeholder must be escaped. */
function splitTemplate(literal: string): string[] {
  const parts = [''];
  for (const [token] of literal.matchAll(/\\.|\{\}|[^\\]/gs)) {
    if (token === '{}') parts.push('');
    else if (token === '{' || token === '}') throw new Error(`escape the brace as \\${token} in '${literal}'`);
    else parts.push(`${parts.pop() ?? ''}${unescape(token)}`);
  }
  return parts;
}
