import * as v from 'valibot';
import { UnsupportedDefinition } from './errors';
import { type Machine, machine } from './states';
import { structureProblems } from './structure';

/** The fields of states and rules that only JSONPath has. */
const JSONPATH_FIELD = /Path$|^(Parameters|Result|ResultSelector|Variable|And|Or|Not)$/;

/**
 * Compiles a definition in the Amazon States Language. Throws UnsupportedDefinition with every problem in it: what is
 * not valid, what this interpreter does not implement, and each Task for whose Resource `isHandled` is false.
 */
export function compileDefinition(definition: unknown, isHandled: (resource: string) => boolean): Machine {
  const result = v.safeParse(machine, definition);
  if (!result.success) throw new UnsupportedDefinition(result.issues.map(describeIssue));
  const problems = [...structureProblems(result.output, isHandled)];
  if (problems.length > 0) throw new UnsupportedDefinition(problems);
  return result.output;
}

/** `state "S", Choices[0]/Output/a: …`, the field as Step Functions writes it. */
function describeIssue(issue: v.BaseIssue<unknown>): string {
  let state: string | undefined;
  let field = '';
  const keys = issue.path?.map(({ key }) => key) ?? [];
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index];
    if (key === 'States' && index + 1 < keys.length) {
      state = String(keys[(index += 1)]);
      field = '';
    } else if (typeof key === 'number') {
      field += `[${key}]`;
    } else {
      field += `${field === '' ? '' : '/'}${String(key)}`;
    }
  }
  const where = [state === undefined ? 'state machine' : `state "${state}"`, ...(field === '' ? [] : [field])];
  return `${where.join(', ')}: ${describeProblem(issue)}`;
}

function describeProblem({ expected, received, message, path }: v.BaseIssue<unknown>): string {
  if (expected === 'never') {
    const isJsonPath = JSONPATH_FIELD.test(String(path?.at(-1)?.key));
    return isJsonPath ? 'this field is part of JSONPath, which is not implemented' : 'this field is not implemented';
  }
  return received === 'undefined' ? 'this field is missing' : message;
}
