import type { Definition, State } from './definition';

/** A state that a walk comes to. */
export interface Visit {
  readonly name: string;
  /** What the state reads although no state before it has written it. */
  readonly unwritten: readonly string[];
}

/** What an execution is about. */
export interface Facts {
  readonly action: string;
  readonly accelerator: string;
  readonly format: string;
}

/**
 * The states from the first to the last.
 *
 * @param facts what the choices find
 * @param fails a task that fails when it is first come to, and not again
 */
export function walk({ StartAt, States }: Definition, facts: Facts, fails?: string): Visit[] {
  const visits: Visit[] = [];
  let written = new Set<string>();
  let failing = fails;
  let servedBy = 'none';
  for (let name: string | undefined = StartAt; name !== undefined;) {
    const state: State | undefined = States[name];
    if (state === undefined || visits.length > 50) {
      throw new Error(`${name} is no state, or the walk does not end`);
    }
    const unwritten = rootsIn([state.Parameters, state.Choices?.map(({ Variable }) => Variable)]).filter(
      (root) => !written.has(root),
    );
    visits.push({ name, unwritten });
    if (name === failing) {
      failing = undefined;
      written.add('failure');
      name = state.Catch?.find(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))?.Next;
      continue;
    }
    if (state.Type === 'Pass' && state.ResultPath === undefined) {
      // Its parameters become the whole state.
      written = new Set(Object.keys(state.Parameters as object).map((key) => key.replace(/\.\$$/, '')));
    } else if (typeof state.ResultPath === 'string') {
      written.add(state.ResultPath.replace('$.', ''));
    }
    if (name === 'ServeByAccelerator' || name === 'FallBack') {
      servedBy = name === 'FallBack' ? 'none' : facts.accelerator;
    }
    const values: Readonly<Record<string, string>> = {
      '$.plan.action': facts.action,
      '$.model.accelerator': facts.accelerator,
      '$.model.format': facts.format,
      '$.serving.accelerator': servedBy,
      '$.deployment.status': 'COMPLETE',
    };
    const chosen = state.Choices?.find(({ Variable, StringEquals }) => values[Variable] === StringEquals);
    name = state.Next ?? chosen?.Next ?? state.Default;
  }
  return visits;
}

/** The fields at the top of an execution's state that something refers to: `plan` of `$.plan.gate`. */
function rootsIn(value: unknown): string[] {
  return JSON.stringify(value).match(/(?<="\$\.|[ (]\$\.)\w+/g) ?? [];
}
