/** `{"Fn::Join": [...]}` taken apart. */
export interface FunctionCall {
  readonly name: string;
  readonly argument: unknown;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `{"Fn::Join": [...]}` as name and argument; undefined for an object that is no function call. */
export function singleEntry(value: Record<string, unknown>): FunctionCall | undefined {
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  const [name, argument] = entry;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/** Both forms: `"Id.Attribute.Path"` and `["Id", attribute]`, whose attribute may be a function call. */
export function getAttTarget(argument: unknown): { logicalId: string; attribute: unknown } {
  if (Array.isArray(argument)) return { logicalId: String(argument[0]), attribute: argument[1] };
  const [logicalId = '', ...attribute] = String(argument).split('.');
  return { logicalId, attribute: attribute.join('.') };
}

/** Both forms: `"text"` and `["text", {variables}]`. */
export function subArguments(argument: unknown): [string, Record<string, unknown>] {
  const [text, variables] = (Array.isArray(argument) ? argument : [argument]) as [unknown, unknown];
  return [String(text), isObject(variables) ? variables : {}];
}

/** `${name}` and `${!literal}`. */
export const subPattern = /\$\{(!?)([^}]+)\}/g;

/** The names of the `${name}` in a Sub's text; `${!name}` is literal text. */
export function subNames(text: string): string[] {
  return Array.from(text.matchAll(subPattern)).flatMap(([, literal, name]) => (literal || !name ? [] : [name]));
}
