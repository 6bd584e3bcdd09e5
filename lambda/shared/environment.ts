/**
 * Reads the environment variables that a function needs, once and when it starts.
 *
 * @throws Error that names each variable that is missing or empty
 */
export function readEnvironment<const Name extends string>(...names: readonly Name[]): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) {
    throw new Error(`the function's environment lacks ${missing.join(', ')}; set it where the function is declared`);
  }
  return Object.fromEntries(names.map((name) => [name, process.env[name]])) as Record<Name, string>;
}
