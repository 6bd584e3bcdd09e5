import { account, region } from '../account';
import { ValidationError } from './errors';
import { getAttTarget, isObject, singleEntry, subArguments, subPattern } from './functions';
import type { Provisioned } from './provider';
import type { Template } from './template';

/** What the functions of one stack's template can see. */
export interface Scope {
  readonly template: Template;
  readonly stackName: string;
  readonly stackId: string;
  /** Effective values by parameter name. */
  readonly parameters: ReadonlyMap<string, string>;
  /** A resource of this stack; undefined while it does not exist. */
  readonly resource: (logicalId: string) => Provisioned | undefined;
  /** The value of an export of any stack; undefined when there is none. */
  readonly importValue: (exportName: string) => unknown;
  /** An output of another stack; undefined when stack or output do not exist. */
  readonly stackOutput: (stackName: string, outputName: string) => unknown;
}

/** Stands for `Ref: AWS::NoValue`: the property or list item that holds it does not exist. */
const noValue = Symbol('AWS::NoValue');

/**
 * The value with every intrinsic function replaced by what it gives. `path` says where the value stands, for messages.
 * Throws ValidationError for what cannot be resolved: an unknown function, a resource that does not exist yet, an index out of range.
 */
export function resolve(value: unknown, scope: Scope, path: string): unknown {
  const resolved = evaluate(value, scope, path);
  return resolved === noValue ? undefined : resolved;
}

function evaluate(value: unknown, scope: Scope, path: string): unknown {
  if (Array.isArray(value)) {
    return value.map((item, index) => evaluate(item, scope, `${path}/${index}`)).filter((item) => item !== noValue);
  }
  if (!isObject(value)) return value;
  const call = singleEntry(value);
  if (call) {
    const intrinsic = intrinsics[call.name];
    if (!intrinsic) {
      throw new ValidationError(
        `Template error: the local CloudFormation does not know the function ${call.name} at ${path}`,
      );
    }
    return intrinsic(call.argument, scope, `${path}/${call.name}`);
  }
  const entries = Object.entries(value).map(([key, inner]) => [key, evaluate(inner, scope, `${path}/${key}`)]);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== noValue));
}

type Intrinsic = (argument: unknown, scope: Scope, path: string) => unknown;

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope, path) => reference(String(argument), scope, path),

  'Fn::GetAtt': (argument, scope, path) => {
    const { logicalId, attribute } = getAttTarget(argument);
    return getAttribute(logicalId, text(evaluate(attribute, scope, path), path), scope, path);
  },

  'Fn::Join': (argument, scope, path) => {
    const [delimiter, items] = list(argument, 2, scope, path);
    return textList(items, path).join(text(delimiter, path));
  },

  'Fn::Sub': (argument, scope, path) => {
    const [template, variables] = subArguments(argument);
    return template.replaceAll(subPattern, (_all, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return text(evaluate(variables[name], scope, path), path);
      const [logicalId = name, ...attribute] = name.split('.');
      const inner = `${path}/\${${name}}`;
      if (attribute.length === 0) return text(reference(name, scope, inner), inner);
      return text(getAttribute(logicalId, attribute.join('.'), scope, inner), inner);
    });
  },

  'Fn::If': (argument, scope, path) => {
    if (!Array.isArray(argument) || argument.length !== 3) throw malformed(path, 'a condition and two values');
    const [condition, yes, no] = argument as [unknown, unknown, unknown];
    return evaluate(conditionHolds(String(condition), scope) ? yes : no, scope, path);
  },

  'Fn::Select': (argument, scope, path) => {
    const [index, items] = list(argument, 2, scope, path);
    const chosen = Array.isArray(items) ? (items as unknown[])[Number(index)] : undefined;
    if (chosen === undefined) {
      throw new ValidationError(
        `Template error: Fn::Select cannot select nonexistent value at index ${String(index)} (${path})`,
      );
    }
    return chosen;
  },

  'Fn::Split': (argument, scope, path) => {
    const [delimiter, source] = list(argument, 2, scope, path);
    return text(source, path).split(text(delimiter, path));
  },

  'Fn::ImportValue': (argument, scope, path) => {
    const name = text(evaluate(argument, scope, path), path);
    const value = scope.importValue(name);
    if (value === undefined) throw new ValidationError(`No export named ${name} found`);
    return value;
  },

  'Fn::GetStackOutput': (argument, scope, path) => {
    const { StackName, OutputName, ...elsewhere } = evaluate(argument, scope, path) as Record<string, unknown>;
    if ((elsewhere.Region ?? region) !== region || elsewhere.RoleArn !== undefined) {
      throw new ValidationError(
        `Template error: ${path} refers to another region or account, and the local cloud has one of each`,
      );
    }
    const [stackName, outputName] = [text(StackName, path), text(OutputName, path)];
    const value = scope.stackOutput(stackName, outputName);
    if (value === undefined) throw new ValidationError(`Stack ${stackName} has no output ${outputName} (${path})`);
    return value;
  },
};

function reference(name: string, scope: Scope, path: string): unknown {
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': account,
    'AWS::NoValue': noValue,
    'AWS::NotificationARNs': [],
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': scope.stackId,
    'AWS::StackName': scope.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const value = pseudo[name] ?? scope.parameters.get(name) ?? scope.resource(name)?.physicalId;
  if (value === undefined) throw unresolved(name, path);
  return value;
}

function getAttribute(logicalId: string, attribute: string, scope: Scope, path: string): unknown {
  const resource = scope.resource(logicalId);
  if (!resource) throw unresolved(logicalId, path);
  const value = resource.attributes[attribute];
  if (value === undefined) {
    const type = scope.template.Resources[logicalId]?.Type ?? 'its type';
    throw new ValidationError(
      `Requested attribute ${attribute} does not exist in the local cloud's ${type} (${logicalId}), read at ${path}`,
    );
  }
  return value;
}

/** Whether the named condition of the template holds. Throws ValidationError for an unknown function and for a cycle. */
export function conditionHolds(name: string, scope: Scope, trail: readonly string[] = []): boolean {
  const condition = scope.template.Conditions?.[name];
  if (condition === undefined)
    throw new ValidationError(`Template format error: Unresolved condition dependency ${name}`);
  if (trail.includes(name)) throw new ValidationError(`Circular dependency between conditions: [${trail.join(', ')}]`);
  return holds(condition, scope, `Conditions/${name}`, [...trail, name]);
}

/** Throws ValidationError with the description of the first assertion in Rules that does not hold. */
export function checkRules(scope: Scope): void {
  for (const [name, rule] of Object.entries(scope.template.Rules ?? {})) {
    const path = `Rules/${name}`;
    if (rule.RuleCondition !== undefined && !holds(rule.RuleCondition, scope, path, [])) continue;
    const failed = rule.Assertions.find(({ Assert }) => !holds(Assert, scope, path, []));
    if (failed)
      throw new ValidationError(
        `Template validation error: ${failed.AssertDescription ?? `the rule ${name} does not hold`}`,
      );
  }
}

function holds(node: unknown, scope: Scope, path: string, trail: readonly string[]): boolean {
  const [name = '', argument] = isObject(node) ? (Object.entries(node)[0] ?? []) : [];
  const operands = () => {
    if (!Array.isArray(argument)) throw malformed(`${path}/${name}`, 'a list');
    return argument as unknown[];
  };
  const each = () => operands().map((operand) => holds(operand, scope, `${path}/${name}`, trail));
  switch (name) {
    case 'Condition':
      return conditionHolds(String(argument), scope, trail);
    case 'Fn::And':
      return each().every(Boolean);
    case 'Fn::Or':
      return each().some(Boolean);
    case 'Fn::Not':
      return !each()[0];
    case 'Fn::Equals': {
      const [left, right] = list(argument, 2, scope, `${path}/${name}`).map((operand) =>
        JSON.stringify(asText(operand)),
      );
      return left === right;
    }
    case 'Fn::Contains': {
      const [values, wanted] = list(argument, 2, scope, `${path}/${name}`);
      return Array.isArray(values) && values.map(asText).includes(asText(wanted));
    }
    default:
      throw new ValidationError(
        `Template error: the local CloudFormation does not know the condition ${name} at ${path}`,
      );
  }
}

/** Numbers and booleans equal their text: `1` is `"1"`, `true` is `"true"`. */
function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function list(argument: unknown, length: number, scope: Scope, path: string): unknown[] {
  if (!Array.isArray(argument) || argument.length !== length) throw malformed(path, `a list of ${length}`);
  return argument.map((item, index) => evaluate(item, scope, `${path}/${index}`));
}

function text(value: unknown, path: string): string {
  const converted = asText(value);
  if (typeof converted !== 'string') throw malformed(path, 'a string');
  return converted;
}

function textList(value: unknown, path: string): string[] {
  if (!Array.isArray(value)) throw malformed(path, 'a list of strings');
  return value.map((item) => text(item, path));
}

function malformed(path: string, wanted: string): ValidationError {
  return new ValidationError(`Template error: ${path} needs ${wanted}`);
}

function unresolved(logicalId: string, path: string): ValidationError {
  return new ValidationError(`Template format error: Unresolved resource dependencies [${logicalId}] at ${path}`);
}
