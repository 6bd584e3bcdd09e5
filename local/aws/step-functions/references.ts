import { isObject } from './json';

/** The fields of `$states` that a field of a state may read. */
export type StatesField = 'input' | 'context' | 'result' | 'errorOutput';

/** What below a node is evaluated against a value of its own, no longer against the (missing) context of the whole expression. */
const INNER = new Set(['stages', 'predicate', 'group', 'terms', 'pattern', 'update', 'delete']);

/**
 * What Step Functions refuses in an expression that it can parse: a name, `$` or `$$` that reads the context of the
 * whole expression, which there is none of; a field of `$states` that does not exist in this place; and `$eval`.
 *
 * @param node a node of JSONata's syntax tree
 */
export function* referenceProblems(
  node: unknown,
  readable: readonly StatesField[],
  outermost = true,
): Generator<string, void, undefined> {
  if (Array.isArray(node)) {
    for (const child of node as unknown[]) yield* referenceProblems(child, readable, outermost);
    return;
  }
  if (!isObject(node)) return;
  const { type, value } = node;
  if (type === 'name' && outermost) {
    yield `Reference to '${String(value)}' at the top level is not supported: read $states or a variable.`;
  }
  if (type === 'variable') {
    if (value === '' && outermost) yield "Reference to '$' at the top level is not supported.";
    if (value === '$') yield "Reference to '$$' is not supported.";
    if (value === 'eval') yield 'The function $eval is not available: use $parse.';
  }
  if (type === 'path' && Array.isArray(node.steps)) {
    const [first, second] = node.steps as readonly unknown[];
    if (isObject(first) && first.type === 'variable' && first.value === 'states' && isObject(second)) {
      const exists = second.type !== 'name' || (readable as readonly unknown[]).includes(second.value);
      if (!exists) yield `Field '$states.${String(second.value)}' does not exist here: it has ${readable.join(', ')}.`;
    }
    for (const [index, step] of node.steps.entries()) {
      yield* referenceProblems(step, readable, outermost && index === 0);
    }
  }
  for (const [key, child] of Object.entries(node)) {
    if (key !== 'steps') yield* referenceProblems(child, readable, outermost && !INNER.has(key));
  }
}
