import * as v from 'valibot';
import { compileCondition, parseTimestamp } from './choice';
import { UnsupportedDefinition } from './errors';
import { compilePath, compileReference, compileResultPath } from './paths';
import { compileExpression, compileTemplate } from './payload-template';
import { structureProblems } from './structure';

/** A schema that replaces a value by what `compile` makes of it, and reports what `compile` throws. */
function compiled<T>(compile: (value: string) => T): v.GenericSchema<string, T> {
  return v.pipe(v.string(), compiling(compile));
}

function compiling<In, Out>(compile: (value: In) => Out): v.RawTransformAction<In, Out> {
  return v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return compile(dataset.value);
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
      return NEVER;
    }
  });
}

const wholeNumber = (minimum: number): v.GenericSchema<number> =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(99_999_999));

// Null stands for an empty object where data is read, and for "leave the input as it is" where a result is placed.
const dataPath = v.optional(v.nullable(compiled(compilePath)), '$');
const resultPath = v.optional(v.nullable(compiled(compileResultPath)), '$');
const template = v.optional(v.pipe(v.unknown(), compiling(compileTemplate)));
const reference = compiled((text) => compileReference(text).read);
const expression = compiled(compileExpression);
const errorNames = v.pipe(v.array(v.string()), v.minLength(1));

const described = { Comment: v.optional(v.string()), QueryLanguage: v.optional(v.literal('JSONPath')) };
const common = { ...described, InputPath: dataPath, OutputPath: dataPath };
const transition = { Next: v.optional(v.string()), End: v.optional(v.boolean()) };

const retry = v.optional(
  v.array(
    v.strictObject({
      Comment: v.optional(v.string()),
      ErrorEquals: errorNames,
      IntervalSeconds: v.optional(wholeNumber(1), 1),
      MaxAttempts: v.optional(wholeNumber(0), 3),
      BackoffRate: v.optional(v.pipe(v.number(), v.minValue(1)), 2),
      MaxDelaySeconds: v.optional(wholeNumber(1)),
      JitterStrategy: v.optional(v.picklist(['FULL', 'NONE']), 'NONE'),
    }),
  ),
  [],
);
const catchers = v.optional(
  v.array(
    v.strictObject({
      Comment: v.optional(v.string()),
      ErrorEquals: errorNames,
      Next: v.string(),
      ResultPath: resultPath,
    }),
  ),
  [],
);
/** What Task, Parallel and Map have in common: work that gives a result, and may fail. */
const work = {
  ...common,
  ...transition,
  ResultSelector: template,
  ResultPath: resultPath,
  Retry: retry,
  Catch: catchers,
};

const choiceRule = v.pipe(
  v.looseObject({ Next: v.string() }),
  compiling(({ Next, ...rule }) => ({ Next, test: compileCondition(rule) })),
);

const branch = { Comment: v.optional(v.string()), StartAt: v.string(), States: v.lazy(() => states) };

const inlineProcessor = v.strictObject({
  ...branch,
  ...described,
  ProcessorConfig: v.optional(v.strictObject({ Mode: v.optional(v.literal('INLINE')) })),
});

const pass = v.strictObject({
  Type: v.literal('Pass'),
  ...common,
  ...transition,
  Parameters: template,
  Result: v.optional(v.unknown()),
  ResultPath: resultPath,
});
const task = v.strictObject({
  Type: v.literal('Task'),
  ...work,
  Resource: v.string(),
  Parameters: template,
  TimeoutSeconds: v.optional(wholeNumber(1)),
  TimeoutSecondsPath: v.optional(reference),
});
const choice = v.strictObject({
  Type: v.literal('Choice'),
  ...common,
  Choices: v.pipe(v.array(choiceRule), v.minLength(1)),
  Default: v.optional(v.string()),
});
const wait = v.strictObject({
  Type: v.literal('Wait'),
  ...common,
  ...transition,
  Seconds: v.optional(wholeNumber(0)),
  SecondsPath: v.optional(reference),
  Timestamp: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => parseTimestamp(text) !== undefined, 'must be a timestamp such as 2026-03-14T01:59:00Z'),
    ),
  ),
  TimestampPath: v.optional(reference),
});
const succeed = v.strictObject({ Type: v.literal('Succeed'), ...common });
const fail = v.strictObject({
  Type: v.literal('Fail'),
  ...described,
  Error: v.optional(v.string()),
  ErrorPath: v.optional(expression),
  Cause: v.optional(v.string()),
  CausePath: v.optional(expression),
});
const parallelFields = { Type: v.literal('Parallel'), ...work, Parameters: template };
const mapFields = {
  Type: v.literal('Map'),
  ...work,
  Parameters: template,
  ItemSelector: template,
  ItemsPath: v.optional(compiled(compilePath), '$'),
  MaxConcurrency: v.optional(wholeNumber(0)),
  MaxConcurrencyPath: v.optional(reference),
};

export type TaskState = v.InferOutput<typeof task>;
export type WaitState = v.InferOutput<typeof wait>;
export type FailState = v.InferOutput<typeof fail>;
export type ParallelState = v.InferOutput<v.StrictObjectSchema<typeof parallelFields, undefined>> & {
  readonly Branches: readonly Branch[];
};
export type MapState = v.InferOutput<v.StrictObjectSchema<typeof mapFields, undefined>> & {
  readonly ItemProcessor?: Branch;
  readonly Iterator?: Branch;
};
export type State =
  | v.InferOutput<typeof pass>
  | TaskState
  | v.InferOutput<typeof choice>
  | WaitState
  | v.InferOutput<typeof succeed>
  | FailState
  | ParallelState
  | MapState;

/** A set of states that run one after the other: a whole machine, a branch of a Parallel or the processor of a Map. */
export interface Branch {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const states: v.GenericSchema<unknown, Record<string, State>> = v.record(
  v.string(),
  v.variant('Type', [
    pass,
    task,
    choice,
    wait,
    succeed,
    fail,
    v.strictObject({
      ...parallelFields,
      Branches: v.pipe(v.array(v.strictObject({ ...branch, ...described })), v.minLength(1)),
    }),
    v.strictObject({ ...mapFields, ItemProcessor: v.optional(inlineProcessor), Iterator: v.optional(inlineProcessor) }),
  ]),
);

const machine = v.strictObject({
  ...branch,
  ...described,
  Version: v.optional(v.literal('1.0')),
  TimeoutSeconds: v.optional(wholeNumber(1)),
});

/** A definition whose paths, templates and rules are compiled. */
export type Machine = v.InferOutput<typeof machine>;

/**
 * Compiles a definition in the Amazon States Language. Throws UnsupportedDefinition with every problem in it: what is
 * not valid, what this interpreter does not implement, and each Task for whose Resource `isHandled` is false.
 */
export function compileDefinition(definition: unknown, isHandled: (resource: string) => boolean): Machine {
  const result = v.safeParse(machine, definition);
  if (!result.success) throw new UnsupportedDefinition(result.issues.map(describeIssue));
  const problems = [...structureProblems(result.output, isHandled, new Set())];
  if (problems.length > 0) throw new UnsupportedDefinition(problems);
  return result.output;
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  let state: string | undefined;
  let field: string[] = [];
  const keys = issue.path?.map(({ key }) => String(key)) ?? [];
  for (let index = 0; index < keys.length; index += 1) {
    if (keys[index] === 'States' && index + 1 < keys.length) {
      state = keys[(index += 1)];
      field = [];
    } else {
      field.push(keys[index] ?? '');
    }
  }
  const where = [
    state === undefined ? 'state machine' : `state "${state}"`,
    ...(field.length > 0 ? [field.join('.')] : []),
  ];
  return `${where.join(', ')}: ${describeProblem(issue)}`;
}

function describeProblem({ expected, received, message }: v.BaseIssue<unknown>): string {
  if (expected === 'never') return 'this field is not implemented';
  return received === 'undefined' ? 'this field is missing' : message;
}
