import { isObject } from './json';
import { compileReference, type Expression, type Scope } from './paths';

/** A compiled Choice rule. Throws RuntimeFailure when a path it compares has no value. */
export type Condition = (scope: Scope) => boolean;

type Comparison = (a: string | number, b: string | number) => boolean;
type Operand = (value: unknown) => string | number | undefined;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  Equals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  GreaterThan: (a, b) => a > b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThanEquals: (a, b) => a >= b,
};

/** A value of the operator's kind as something comparable; undefined for other kinds, which then never compare as true. */
const OPERANDS: Readonly<Record<string, Operand>> = {
  String: (value) => (typeof value === 'string' ? value : undefined),
  Numeric: (value) => (typeof value === 'number' ? value : undefined),
  Timestamp: parseTimestamp,
  Boolean: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
};

const TYPE_TESTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  IsPresent: (value) => value !== undefined,
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === 'string',
  IsNumeric: (value) => typeof value === 'number',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => parseTimestamp(value) !== undefined,
};

const OPERATOR = /^(String|Numeric|Timestamp|Boolean)(Equals|(?:Less|Greater)Than(?:Equals)?)(Path)?$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970 of an RFC 3339 timestamp with an uppercase T and a zone; undefined for anything else. */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value !== 'string' || !TIMESTAMP.test(value)) return undefined;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** StringMatches: `*` stands for any characters, `\*` for an asterisk, `\\` for a backslash. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\([*\\])|\*|[^*]/gs, (token, escaped: string | undefined) =>
    token === '*' ? '.*' : (escaped ?? token).replace(/[\\^$.*+?()[\]{}|]/, '\\$&'),
  );
  return new RegExp(`^${source}$`, 's');
}

/** Compiles a rule without its Next. Throws an Error that says what is wrong. */
export function compileCondition(rule: unknown): Condition {
  if (!isObject(rule)) throw new Error('a rule must be an object');
  const names = Object.keys(rule).filter((name) => name !== 'Variable' && name !== 'Comment');
  const [operator] = names;
  if (operator === undefined || names.length > 1) {
    throw new Error(`a rule must hold exactly one operator, not ${names.join(', ') || 'none'}`);
  }
  const operand = rule[operator];
  if (['And', 'Or', 'Not'].includes(operator)) {
    if ('Variable' in rule) throw new Error(`a rule with ${operator} must not have a Variable`);
    return compileBoolean(operator, operand);
  }
  if (typeof rule.Variable !== 'string') throw new Error(`a rule with ${operator} must have a Variable`);
  return compileTest(compileReference(rule.Variable), operator, operand);
}

function compileBoolean(operator: string, operand: unknown): Condition {
  if (operator === 'Not') {
    const condition = compileCondition(operand);
    return (scope) => !condition(scope);
  }
  if (!Array.isArray(operand) || operand.length === 0) throw new Error(`${operator} must be a list of rules`);
  const conditions = operand.map(compileCondition);
  return operator === 'And'
    ? (scope) => conditions.every((condition) => condition(scope))
    : (scope) => conditions.some((condition) => condition(scope));
}

function compileTest(variable: { find: Expression; read: Expression }, operator: string, operand: unknown): Condition {
  const typeTest = Object.hasOwn(TYPE_TESTS, operator) ? TYPE_TESTS[operator] : undefined;
  if (typeTest !== undefined) {
    if (typeof operand !== 'boolean') throw new Error(`${operator} must be true or false`);
    // Only IsPresent may ask for a value that is not there.
    const value = operator === 'IsPresent' ? variable.find : variable.read;
    return (scope) => typeTest(value(scope)) === operand;
  }
  if (operator === 'StringMatches') {
    if (typeof operand !== 'string') throw new Error('StringMatches must be a string');
    const pattern = wildcard(operand);
    return (scope) => {
      const value = variable.read(scope);
      return typeof value === 'string' && pattern.test(value);
    };
  }
  const [, kind = '', comparison = '', path] = OPERATOR.exec(operator) ?? [];
  const convert = OPERANDS[kind];
  const compare = COMPARISONS[comparison];
  if (convert === undefined || compare === undefined || (kind === 'Boolean' && comparison !== 'Equals')) {
    throw new Error(`the operator ${operator} does not exist`);
  }
  if (path === undefined && convert(operand) === undefined) {
    throw new Error(`${operator} must be a ${kind.toLowerCase()}, not ${JSON.stringify(operand)}`);
  }
  if (path !== undefined && typeof operand !== 'string') throw new Error(`${operator} must be a path`);
  const other: Expression = path === undefined ? () => operand : compileReference(operand as string).read;
  return (scope) => {
    const a = convert(variable.read(scope));
    const b = convert(other(scope));
    return a !== undefined && b !== undefined && compare(a, b);
  };
}
