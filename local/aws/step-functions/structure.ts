import type { Branch, State } from './states';

/** The states that a state may hand over to, by the field that names them. */
function targets(state: State): readonly (readonly [field: string, name: string])[] {
  const found: (readonly [string, string])[] = [];
  if ('Next' in state) found.push(['Next', state.Next ?? '']);
  if (state.Type === 'Choice') {
    found.push(...state.Choices.map((rule, index) => [`Choices[${index}]/Next`, rule.Next] as const));
    if (state.Default !== undefined) found.push(['Default', state.Default]);
  }
  if ('Catch' in state) found.push(...state.Catch.map((rule, index) => [`Catch[${index}]/Next`, rule.Next] as const));
  return found;
}

/** The variables that a state may assign, by the field that does. */
function assigned(state: State): readonly (readonly [field: string, name: string])[] {
  const within = (where: string, rule: { readonly Assign?: object }): (readonly [string, string])[] =>
    Object.keys(rule.Assign ?? {}).map((name) => [`${where}Assign/${name}`, name]);
  return [
    ...('Assign' in state ? within('', state) : []),
    ...(state.Type === 'Choice' ? state.Choices.flatMap((rule, index) => within(`Choices[${index}]/`, rule)) : []),
    ...('Catch' in state ? state.Catch.flatMap((rule, index) => within(`Catch[${index}]/`, rule)) : []),
  ];
}

type Problem = readonly [field: string, message: string];

/** What is around a branch, the branches around that included. */
interface Outside {
  /** The names of states so far, which are unique in a whole machine. */
  readonly states: Set<string>;
  readonly variables: ReadonlySet<string>;
}

/** What no schema of a single field can say: transitions, names, scopes of variables, tasks without handler. */
export function* structureProblems(
  { StartAt, States }: Branch,
  isHandled: (resource: string) => boolean,
  outside: Outside = { states: new Set(), variables: new Set() },
): Generator<string, void, undefined> {
  if (!Object.hasOwn(States, StartAt)) yield `state machine, StartAt: there is no state "${StartAt}"`;
  const ends = Object.values(States).some(
    (state) => 'End' in state || state.Type === 'Succeed' || state.Type === 'Fail',
  );
  if (!ends) yield `state machine, States: none of ${Object.keys(States).join(', ')} ends`;
  const reached = reachedFrom(StartAt, States);
  const own = Object.values(States).flatMap((state) => assigned(state).map(([, name]) => name));
  const inside: Outside = { ...outside, variables: new Set([...outside.variables, ...own]) };
  for (const [name, state] of Object.entries(States)) {
    const problems: Problem[] = [
      ...transitionProblems(state),
      ...ruleProblems(state),
      ...resourceProblems(state, isHandled),
    ];
    if (name.length > 80) problems.push(['name', 'it has more than 80 characters']);
    if (outside.states.has(name)) problems.push(['name', 'another state of this machine has the same name']);
    outside.states.add(name);
    if (!reached.has(name)) problems.push(['name', 'no other state leads here']);
    for (const [field, next] of targets(state)) {
      if (!Object.hasOwn(States, next)) problems.push([field, `there is no state "${next}"`]);
    }
    for (const [field, variable] of assigned(state)) {
      if (outside.variables.has(variable)) problems.push([field, `$${variable} belongs to the states around this one`]);
    }
    yield* problems.map(([field, message]) => `state "${name}", ${field}: ${message}`);
    if (state.Type === 'Map') yield* structureProblems(state.ItemProcessor, isHandled, inside);
  }
}

function reachedFrom(start: string, states: Branch['States']): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const name of reached) {
    const state = Object.hasOwn(states, name) ? states[name] : undefined;
    if (state !== undefined) targets(state).forEach(([, next]) => reached.add(next));
  }
  return reached;
}

function* transitionProblems(state: State): Generator<Problem> {
  if (state.Type === 'Choice' || state.Type === 'Succeed' || state.Type === 'Fail') return;
  const given = ['Next', 'End'].filter((field) => field in state).length;
  if (given !== 1) yield ['Next or End', 'one of these must be given, and only one'];
}

function* ruleProblems(state: State): Generator<Problem> {
  if (!('Retry' in state)) return;
  for (const field of ['Retry', 'Catch'] as const) {
    for (const [index, { ErrorEquals }] of state[field].entries()) {
      if (ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || index < state[field].length - 1)) {
        yield [`${field}[${index}]/ErrorEquals`, 'States.ALL must stand alone, in the last rule'];
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
