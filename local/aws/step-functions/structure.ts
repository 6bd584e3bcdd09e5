import type { Branch, State } from './definition';

/** The states that a state may hand over to, by the field that names them. */
function targets(state: State): readonly (readonly [field: string, name: string])[] {
  const found: (readonly [string, string])[] = [];
  if ('Next' in state) found.push(['Next', state.Next ?? '']);
  if (state.Type === 'Choice') {
    found.push(...state.Choices.map((rule, index) => [`Choices.${index}.Next`, rule.Next] as const));
    if (state.Default !== undefined) found.push(['Default', state.Default]);
  }
  if ('Catch' in state) found.push(...state.Catch.map((rule, index) => [`Catch.${index}.Next`, rule.Next] as const));
  return found;
}

/** The branches inside a state. */
function innerBranches(state: State): readonly Branch[] {
  if (state.Type === 'Parallel') return state.Branches;
  if (state.Type !== 'Map') return [];
  return [state.ItemProcessor, state.Iterator].filter((inner) => inner !== undefined);
}

type Problem = readonly [field: string, message: string];

/** What no schema of a single field can say: transitions, names, fields that exclude one another, tasks without handler. */
export function* structureProblems(
  { StartAt, States }: Branch,
  isHandled: (resource: string) => boolean,
  names: Set<string>,
): Generator<string> {
  if (!Object.hasOwn(States, StartAt)) yield `state machine, StartAt: there is no state "${StartAt}"`;
  const reached = new Set([StartAt]);
  for (const name of reached) {
    if (Object.hasOwn(States, name)) targets(States[name] as State).forEach(([, next]) => reached.add(next));
  }
  for (const [name, state] of Object.entries(States)) {
    const problems: Problem[] = [
      ...fieldProblems(state),
      ...ruleProblems(state),
      ...resourceProblems(state, isHandled),
    ];
    if (names.has(name)) problems.push(['name', 'another state of this machine has the same name']);
    names.add(name);
    if (!reached.has(name)) problems.push(['name', 'no other state leads here']);
    for (const [field, next] of targets(state)) {
      if (!Object.hasOwn(States, next)) problems.push([field, `there is no state "${next}"`]);
    }
    yield* problems.map(([field, message]) => `state "${name}", ${field}: ${message}`);
    for (const inner of innerBranches(state)) yield* structureProblems(inner, isHandled, names);
  }
}

function* fieldProblems(state: State): Generator<Problem> {
  // "End": false is as good as none.
  const given = (field: string): boolean =>
    Object.hasOwn(state, field) && !(field === 'End' && 'End' in state && state.End === false);
  for (const { fields, atLeastOne } of exclusiveFields(state)) {
    const present = fields.filter(given);
    if (present.length > 1) yield [present.join(' and '), 'only one of these may be given'];
    if (present.length === 0 && atLeastOne) yield [fields.join(' or '), 'one of these must be given'];
  }
}

function* ruleProblems(state: State): Generator<Problem> {
  if (!('Retry' in state)) return;
  for (const field of ['Retry', 'Catch'] as const) {
    for (const [index, { ErrorEquals }] of state[field].entries()) {
      if (ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || index < state[field].length - 1)) {
        yield [`${field}.${index}.ErrorEquals`, 'States.ALL must stand alone, in the last rule'];
      }
    }
  }
}

function* resourceProblems(state: State, isHandled: (resource: string) => boolean): Generator<Problem> {
  if (state.Type !== 'Task') return;
  const { Resource } = state;
  if (Resource.endsWith('.waitForTaskToken')) yield ['Resource', 'waitForTaskToken is not implemented'];
  else if (!isHandled(Resource)) yield ['Resource', `nothing here handles ${Resource}`];
}

function exclusiveFields(state: State): readonly { fields: readonly string[]; atLeastOne: boolean }[] {
  const transitions = { fields: ['Next', 'End'], atLeastOne: true };
  const atMostOne = (...fields: string[]) => ({ fields, atLeastOne: false });
  switch (state.Type) {
    case 'Choice':
    case 'Succeed':
      return [];
    case 'Fail':
      return [atMostOne('Error', 'ErrorPath'), atMostOne('Cause', 'CausePath')];
    case 'Pass':
    case 'Parallel':
      return [transitions];
    case 'Task':
      return [transitions, atMostOne('TimeoutSeconds', 'TimeoutSecondsPath')];
    case 'Wait':
      return [transitions, { fields: ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'], atLeastOne: true }];
    case 'Map':
      return [
        transitions,
        { fields: ['ItemProcessor', 'Iterator'], atLeastOne: true },
        atMostOne('ItemSelector', 'Parameters'),
        atMostOne('MaxConcurrency', 'MaxConcurrencyPath'),
      ];
  }
}
