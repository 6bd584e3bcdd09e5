import { ValidationError } from './errors';
import type { Stack, StackOutput } from './stack';

export interface Export {
  readonly name: string;
  readonly value: string;
  readonly stackId: string;
}

export function exportsOf(stack: Stack): Export[] {
  return named(stack.content.outputs).map((output) => ({ ...output, stackId: stack.id }));
}

/**
 * Throws ValidationError when the stack may not have these outputs instead of its present ones: another stack has an export of the same
 * name, or uses one that would change or go.
 */
export function checkExports(stack: Stack, next: Readonly<Record<string, StackOutput>>, all: readonly Stack[]): void {
  const others = all.filter((other) => other !== stack);
  const values = new Map(named(next).map(({ name, value }) => [name, value]));
  for (const other of others) {
    const taken = exportsOf(other).find(({ name }) => values.has(name));
    if (taken) throw new ValidationError(`Export with name ${taken.name} is already exported by stack ${other.name}. `);
  }
  for (const { name, value } of exportsOf(stack)) {
    const users = others.filter(({ content }) => content.imports.includes(name));
    if (values.get(name) === value || users.length === 0) continue;
    const verb = values.has(name) ? 'updated' : 'deleted';
    throw new ValidationError(
      `Export ${name} cannot be ${verb} as it is in use by ${users.map((user) => user.name).join(' and ')}`,
    );
  }
}

function named(outputs: Readonly<Record<string, StackOutput>>): { name: string; value: string }[] {
  return Object.values(outputs).flatMap(({ exportName, value }) =>
    exportName === undefined ? [] : [{ name: exportName, value }],
  );
}
