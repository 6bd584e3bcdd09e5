import * as v from 'valibot';
import { EvaluationFailure } from './errors';
import { compileExpression, compileTemplate, type Evaluate, isExpression, type Report } from './expression';
import type { StatesField } from './references';
import { isVariableName } from './variables';

const ENTERED = ['input', 'context'] as const satisfies StatesField[];
const SUCCEEDED = [...ENTERED, 'result'] as const satisfies StatesField[];
const CAUGHT = [...ENTERED, 'errorOutput'] as const satisfies StatesField[];

/** A schema that replaces a value by what `compile` makes of it. */
function compiled<T>(compile: (value: unknown, report: Report) => T): v.GenericSchema<unknown, T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const problems: string[] = [];
      const result = compile(dataset.value, (message, path) => {
        problems.push(message);
        addIssue({ message, path: issuePath(dataset.value, path) });
      });
      return problems.length > 0 ? NEVER : result;
    }),
  );
}

function issuePath(
  input: unknown,
  path: readonly (string | number)[],
): [v.IssuePathItem, ...v.IssuePathItem[]] | undefined {
  const [first, ...others] = path.map((key): v.IssuePathItem => ({
    type: 'unknown',
    origin: 'value',
    input,
    key,
    value: input,
  }));
  return first === undefined ? undefined : [first, ...others];
}

/** Any JSON, in which each text may be an expression. */
const template = (readable: readonly StatesField[]) =>
  v.optional(compiled((value, report) => compileTemplate(value, readable, report)));

/** An expression whose result must fit the schema. `type` is JSONata's word for it. */
function typed<T>(schema: v.GenericSchema<T>, type: string) {
  return compiled((value, report): Evaluate<T> => {
    const text = String(value);
    const evaluate = compileExpression(text, ENTERED, report);
    return async (scope, field) => {
      const result = await evaluate(scope, field);
      if (v.is(schema, result)) return result;
      const received = `but was '${typeof result}' for value: ${JSON.stringify(result)}`;
      const problem = `returned an unexpected result type. Expected '${type}', ${received}`;
      throw new EvaluationFailure(field, text.slice(2, -2).trim(), problem);
    };
  });
}

/** A literal, or an expression that gives one. */
const literalOr = <T extends string | number>(schema: v.GenericSchema<T>, type: string) =>
  v.lazy((value) =>
    typeof value === 'string' && isExpression(value)
      ? typed(schema, type)
      : v.pipe(
          schema,
          v.transform(
            (literal): Evaluate<T> =>
              () =>
                Promise.resolve(literal),
          ),
        ),
  );

const wholeNumber = (minimum: number): v.GenericSchema<number> =>
  v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(99_999_999));
const text: v.GenericSchema<string> = v.string();

const assign = (readable: readonly StatesField[]) =>
  v.optional(
    v.record(
      v.pipe(v.string(), v.check(isVariableName, 'this is no name for a variable')),
      compiled((value, report) => compileTemplate(value, readable, report)),
    ),
  );

const described = { Comment: v.optional(v.string()) };
const common = { ...described, QueryLanguage: v.optional(v.literal('JSONata')) };
const transition = { Next: v.optional(v.string()), End: v.optional(v.literal(true)) };
/** What a state hands on and keeps. */
const departure = (readable: readonly StatesField[]) => ({ Output: template(readable), Assign: assign(readable) });

const errorNames = v.pipe(v.array(v.string()), v.minLength(1));
/** What Task and Map have in common: work that gives a result, and may fail. */
const work = {
  ...common,
  ...transition,
  ...departure(SUCCEEDED),
  Retry: v.optional(
    v.array(
      v.strictObject({
        ...described,
        ErrorEquals: errorNames,
        IntervalSeconds: v.optional(wholeNumber(1), 1),
        MaxAttempts: v.optional(wholeNumber(0), 3),
        BackoffRate: v.optional(v.pipe(v.number(), v.minValue(1)), 2),
        MaxDelaySeconds: v.optional(wholeNumber(1)),
        JitterStrategy: v.optional(v.picklist(['FULL', 'NONE']), 'NONE'),
      }),
    ),
    [],
  ),
  Catch: v.optional(
    v.array(v.strictObject({ ...described, ErrorEquals: errorNames, Next: v.string(), ...departure(CAUGHT) })),
    [],
  ),
};

const pass = v.strictObject({ Type: v.literal('Pass'), ...common, ...transition, ...departure(ENTERED) });
const task = v.strictObject({
  Type: v.literal('Task'),
  ...work,
  Resource: v.string(),
  Arguments: template(ENTERED),
  TimeoutSeconds: v.optional(literalOr(wholeNumber(1), 'number')),
});
const choice = v.strictObject({
  Type: v.literal('Choice'),
  ...common,
  ...departure(ENTERED),
  Choices: v.pipe(
    v.array(
      v.strictObject({
        ...described,
        Condition: typed(v.boolean(), 'boolean'),
        Next: v.string(),
        ...departure(ENTERED),
      }),
    ),
    v.minLength(1),
  ),
  Default: v.optional(v.string()),
});
const wait = v.strictObject({
  Type: v.literal('Wait'),
  ...common,
  ...transition,
  ...departure(ENTERED),
  Seconds: literalOr(wholeNumber(0), 'number'),
});
const succeed = v.strictObject({ Type: v.literal('Succeed'), ...common, Output: template(ENTERED) });
const fail = v.strictObject({
  Type: v.literal('Fail'),
  ...common,
  Error: v.optional(literalOr(text, 'string')),
  Cause: v.optional(literalOr(text, 'string')),
});
const mapFields = {
  Type: v.literal('Map'),
  ...work,
  Items: template(ENTERED),
  ItemSelector: template(ENTERED),
  MaxConcurrency: v.optional(literalOr(wholeNumber(0), 'number')),
};

/** A state's fields with their expressions compiled, and the defaults of the rest filled in. */
export type TaskState = v.InferOutput<typeof task>;
export type ChoiceState = v.InferOutput<typeof choice>;
export type FailState = v.InferOutput<typeof fail>;
export type MapState = v.InferOutput<v.StrictObjectSchema<typeof mapFields, undefined>> & {
  readonly ItemProcessor: Branch;
};
export type State =
  | v.InferOutput<typeof pass>
  | TaskState
  | ChoiceState
  | v.InferOutput<typeof wait>
  | v.InferOutput<typeof succeed>
  | FailState
  | MapState;

/** States that run one after the other: a whole machine, or the processor of a Map. */
export interface Branch {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const branch = { ...described, StartAt: v.string(), States: v.lazy(() => states) };
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
      ...mapFields,
      ItemProcessor: v.strictObject({
        ...branch,
        ProcessorConfig: v.optional(v.strictObject({ Mode: v.optional(v.literal('INLINE')) })),
      }),
    }),
  ]),
);

/** A definition in the Amazon States Language, as far as a field of it can be right or wrong on its own. */
export const machine = v.strictObject({
  ...branch,
  QueryLanguage: v.optional(
    v.pipe(
      v.string(),
      v.check((language) => language === 'JSONata', 'it must be JSONata: JSONPath, the default, is not implemented'),
    ),
    'JSONPath',
  ),
  TimeoutSeconds: v.optional(wholeNumber(1)),
});

/** A definition whose expressions are compiled. */
export type Machine = v.InferOutput<typeof machine>;
