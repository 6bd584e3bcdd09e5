import { compileIntrinsic } from './intrinsic-call';
import { isObject } from './json';
import { compilePath, type Expression } from './paths';

/** Compiles a path or an intrinsic call, as a field that ends in `.$` holds. Throws an Error that says what is wrong. */
export function compileExpression(text: string): Expression {
  return text.startsWith('$') ? compilePath(text) : compileIntrinsic(text);
}

/**
 * Compiles Parameters, ItemSelector or ResultSelector: fields that end in `.$` are evaluated and lose the suffix, all
 * others are passed on as they are. Throws an Error that names the field.
 */
export function compileTemplate(template: unknown): Expression {
  if (Array.isArray(template)) {
    const items = template.map(compileTemplate);
    return (scope) => items.map((item) => item(scope));
  }
  if (!isObject(template)) return () => template;
  const fields = Object.entries(template).map(([key, value]): [string, Expression] => {
    if (!key.endsWith('.$')) return [key, compileTemplate(value)];
    const name = key.slice(0, -2);
    if (name.endsWith('.$')) throw new Error(`"${key}" has the suffix .$ twice`);
    if (Object.hasOwn(template, name)) throw new Error(`"${name}" and "${key}" are the same field`);
    if (typeof value !== 'string') throw new Error(`"${key}" must hold a path or an intrinsic function call`);
    return [name, compileExpression(value)];
  });
  return (scope) => Object.fromEntries(fields.map(([name, evaluate]) => [name, evaluate(scope)]));
}
