import validate from 'asl-validator';
import { ECHO, FAIL, machineOf, run, single } from './harness';

/** What the Amazon States Language says, one case a line: a definition, its input, and the output or the error. */
interface Case {
  readonly name: string;
  readonly definition: object;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: RegExp;
}

const pass = (fields: object): object => single({ Type: 'Pass', ...fields });
const task = (fields: object): object => single({ Type: 'Task', Resource: ECHO, ...fields });
const failing = (error: string, fields: object): object =>
  machineOf({
    S: { Type: 'Task', Resource: FAIL, Parameters: { error, cause: 'why' }, End: true, ...fields },
    ...('Catch' in fields ? { Caught: { Type: 'Pass', End: true } } : {}),
  });
const choose = (rule: object): object =>
  machineOf({
    S: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
    Yes: { Type: 'Pass', Result: 'yes', End: true },
    No: { Type: 'Pass', Result: 'no', End: true },
  });
const each = (fields: object, inner: object = { Type: 'Pass', End: true }): object =>
  single({ Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: inner } }, ...fields });
const fan = (fields: object, ...branches: object[]): object =>
  single({
    Type: 'Parallel',
    Branches: branches.map((state, i) => ({ StartAt: `B${i}`, States: { [`B${i}`]: state } })),
    ...fields,
  });

const books = {
  book: [
    { t: 'a', p: 5 },
    { t: 'b', p: 15 },
    { t: 'c', p: 25 },
  ],
};

const INPUT_AND_OUTPUT: Case[] = [
  { name: 'Pass hands its input on', definition: pass({}), input: { a: 1 }, output: { a: 1 } },
  { name: 'falsy inputs are data like any other', definition: pass({}), input: 0, output: 0 },
  { name: 'a null input stays null', definition: pass({ InputPath: '$' }), input: null, output: null },
  { name: 'Result replaces the input', definition: pass({ Result: { b: 2 } }), input: { a: 1 }, output: { b: 2 } },
  { name: 'Result may be null', definition: pass({ Result: null }), input: { a: 1 }, output: null },
  {
    name: 'Result is literal, also where it looks like a path',
    definition: pass({ Result: { 'x.$': '$.a' } }),
    output: { 'x.$': '$.a' },
  },
  { name: 'InputPath selects', definition: pass({ InputPath: '$.a' }), input: { a: { b: 1 } }, output: { b: 1 } },
  { name: 'InputPath null is an empty object', definition: pass({ InputPath: null }), input: { a: 1 }, output: {} },
  { name: 'InputPath may read the context', definition: pass({ InputPath: '$$.Execution.Name' }), output: 'run-1' },
  {
    name: 'InputPath without a value is States.Runtime',
    definition: pass({ InputPath: '$.no' }),
    error: 'States.Runtime',
    cause: /'S' \(entered at the event id #2\).*\$\.no/,
  },
  { name: 'OutputPath selects', definition: pass({ OutputPath: '$.a' }), input: { a: 1 }, output: 1 },
  { name: 'OutputPath null is an empty object', definition: pass({ OutputPath: null }), input: { a: 1 }, output: {} },
  {
    name: 'OutputPath without a value is States.Runtime',
    definition: pass({ OutputPath: '$.no' }),
    error: 'States.Runtime',
  },
  {
    name: 'ResultPath puts the result into the raw input',
    definition: pass({ InputPath: '$.a', ResultPath: '$.r' }),
    input: { a: 1 },
    output: { a: 1, r: 1 },
  },
  {
    name: 'ResultPath makes missing objects',
    definition: pass({ Result: 1, ResultPath: '$.x.y' }),
    input: { a: 1 },
    output: { a: 1, x: { y: 1 } },
  },
  {
    name: 'ResultPath overwrites',
    definition: pass({ Result: 1, ResultPath: '$.a' }),
    input: { a: { b: 2 } },
    output: { a: 1 },
  },
  {
    name: 'ResultPath reaches into an array',
    definition: pass({ Result: 9, ResultPath: '$.l[1]' }),
    input: { l: [1, 2, 3] },
    output: { l: [1, 9, 3] },
  },
  {
    name: 'ResultPath null drops the result',
    definition: pass({ Result: 1, ResultPath: null }),
    input: { a: 1 },
    output: { a: 1 },
  },
  {
    name: 'ResultPath into a number is States.Runtime',
    definition: pass({ Result: 1, ResultPath: '$.a.b' }),
    input: { a: 5 },
    error: 'States.Runtime',
  },
  {
    name: 'Parameters without Result are the output',
    definition: pass({ Parameters: { 'x.$': '$.a', y: 1 } }),
    input: { a: [1] },
    output: { x: [1], y: 1 },
  },
  {
    name: 'Parameters read the selected input',
    definition: pass({ InputPath: '$.a', Parameters: { 'x.$': '$.b' } }),
    input: { a: { b: 1 } },
    output: { x: 1 },
  },
  {
    name: 'Parameters reach into nested objects and arrays',
    definition: pass({ Parameters: { a: { b: [{ 'c.$': '$.v' }, 's'] } } }),
    input: { v: 1 },
    output: { a: { b: [{ c: 1 }, 's'] } },
  },
  {
    name: 'a null value of a path is a value',
    definition: pass({ Parameters: { 'x.$': '$.a' } }),
    input: { a: null },
    output: { x: null },
  },
  {
    name: 'Parameters without a value are States.Runtime',
    definition: pass({ Parameters: { 'x.$': '$.no' } }),
    error: 'States.Runtime',
    cause: /\$\.no/,
  },
  {
    name: 'ResultSelector shapes the raw result',
    definition: task({ ResultSelector: { 'b.$': '$.a', c: 1 } }),
    input: { a: 7 },
    output: { b: 7, c: 1 },
  },
  {
    name: 'ResultSelector, ResultPath and OutputPath, in this order',
    definition: task({ Parameters: { v: 1 }, ResultSelector: { 'w.$': '$.v' }, ResultPath: '$.r', OutputPath: '$.r' }),
    input: { a: 7 },
    output: { w: 1 },
  },
  {
    name: 'the context object',
    definition: pass({
      Parameters: {
        'e.$': '$$.Execution.Id',
        'i.$': '$$.Execution.Input.a',
        'r.$': '$$.Execution.RoleArn',
        's.$': '$$.State.Name',
        'm.$': '$$.StateMachine.Name',
      },
    }),
    input: { a: 3 },
    output: {
      e: 'arn:aws:states:us-east-1:000000000000:execution:machine:run-1',
      i: 3,
      r: 'arn:aws:iam::000000000000:role/machine',
      s: 'S',
      m: 'machine',
    },
  },
  {
    name: 'Succeed ends the machine with its output',
    definition: single({ Type: 'Succeed', InputPath: '$.a' }),
    input: { a: 1 },
    output: 1,
  },
];

const PATHS: Case[] = [
  { name: 'bracket names', definition: pass({ InputPath: "$['a b'].c" }), input: { 'a b': { c: 1 } }, output: 1 },
  {
    name: 'a quote in a bracket name',
    definition: pass({ InputPath: String.raw`$['it\'s']` }),
    input: { "it's": 1 },
    output: 1,
  },
  {
    name: 'names with hyphens and other scripts',
    definition: pass({ InputPath: '$.a-b.größe' }),
    input: { 'a-b': { größe: 1 } },
    output: 1,
  },
  { name: 'an index', definition: pass({ InputPath: '$.l[1]' }), input: { l: [1, 2] }, output: 2 },
  {
    name: 'an index beyond the array is States.Runtime',
    definition: pass({ InputPath: '$.l[2]' }),
    input: { l: [1, 2] },
    error: 'States.Runtime',
  },
  { name: 'inherited names are no data', definition: pass({ InputPath: '$.constructor' }), error: 'States.Runtime' },
  { name: 'a wildcard', definition: pass({ InputPath: '$.book[*].t' }), input: books, output: ['a', 'b', 'c'] },
  { name: 'a wildcard without a match is an empty list', definition: pass({ InputPath: '$.x[*].b' }), output: [] },
  { name: 'a wildcard on a scalar is an empty list', definition: pass({ InputPath: '$.*' }), input: 0, output: [] },
  { name: 'a slice', definition: pass({ InputPath: '$.book[1:].p' }), input: books, output: [15, 25] },
  { name: 'the last item by a slice', definition: pass({ InputPath: '$.book[-1:].p' }), input: books, output: [25] },
  { name: 'a union', definition: pass({ InputPath: '$.book[0,2].p' }), input: books, output: [5, 25] },
  { name: 'a filter', definition: pass({ InputPath: '$.book[?(@.p > 10)].t' }), input: books, output: ['b', 'c'] },
  {
    name: 'a filter on a text',
    definition: pass({ InputPath: "$.book[?(@.t == 'a')]" }),
    input: books,
    output: [{ t: 'a', p: 5 }],
  },
  {
    name: 'a filter that looks into what some items lack',
    definition: pass({ InputPath: '$.l[?(@.a.b == 1)]' }),
    input: { l: [null, 5, {}, { a: { b: 1 } }] },
    output: [{ a: { b: 1 } }],
  },
  { name: 'a descent', definition: pass({ InputPath: '$..p' }), input: books, output: [5, 15, 25] },
];

const CHOICE: Case[] = [
  ...(
    [
      ['StringEquals', 'a', 'a', true],
      ['StringEquals', 1, '1', false],
      ['StringLessThan', 'a', 'b', true],
      ['StringGreaterThan', 'b', 'b', false],
      ['StringLessThanEquals', 'b', 'b', true],
      ['StringGreaterThanEquals', 'a', 'b', false],
      ['NumericEquals', 1, 1.0, true],
      ['NumericEquals', '1', 1, false],
      ['NumericLessThan', 0, 1, true],
      ['NumericGreaterThan', 1, 1, false],
      ['NumericLessThanEquals', 1, 1, true],
      ['NumericGreaterThanEquals', 0.5, 0.4, true],
      ['NumericEquals', null, 0, false],
      ['BooleanEquals', false, false, true],
      ['BooleanEquals', 0, false, false],
      ['TimestampEquals', '2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00Z', true],
      ['TimestampLessThan', '2026-01-01T00:00:00.5Z', '2026-01-01T00:00:01Z', true],
      ['TimestampGreaterThan', '2026-01-01', '2025-01-01T00:00:00Z', false],
      ['TimestampLessThanEquals', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', true],
      ['TimestampGreaterThanEquals', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', false],
      ['StringMatches', 'log-17.txt', 'log-*.txt', true],
      ['StringMatches', 'log-17Xtxt', 'log-*.txt', false],
      ['StringMatches', 'a*b', String.raw`a\*b`, true],
      ['StringMatches', 'axb', String.raw`a\*b`, false],
      ['StringMatches', String.raw`a\b`, String.raw`a\\b`, true],
      ['StringMatches', 5, '*', false],
      ['IsNull', null, true, true],
      ['IsNull', 0, true, false],
      ['IsPresent', null, true, true],
      ['IsString', '', true, true],
      ['IsNumeric', '1', true, false],
      ['IsNumeric', 1.5, true, true],
      ['IsBoolean', false, true, true],
      ['IsTimestamp', '2026-01-01T00:00:00Z', true, true],
      ['IsTimestamp', '2026-01-01 00:00:00Z', true, false],
      ['IsTimestamp', '2026-13-01T00:00:00Z', false, true],
    ] as const
  ).map(([operator, value, operand, expected]): Case => ({
    name: `${operator} of ${JSON.stringify(value)} and ${JSON.stringify(operand)}`,
    definition: choose({ Variable: '$.v', [operator]: operand }),
    input: { v: value },
    output: expected ? 'yes' : 'no',
  })),
  {
    name: 'StringEqualsPath',
    definition: choose({ Variable: '$.a', StringEqualsPath: '$.b' }),
    input: { a: 'x', b: 'x' },
    output: 'yes',
  },
  {
    name: 'NumericLessThanPath of another kind',
    definition: choose({ Variable: '$.a', NumericLessThanPath: '$.b' }),
    input: { a: 1, b: '2' },
    output: 'no',
  },
  {
    name: 'TimestampGreaterThanPath',
    definition: choose({ Variable: '$.a', TimestampGreaterThanPath: '$.b' }),
    input: { a: '2026-01-02T00:00:00Z', b: '2026-01-01T00:00:00Z' },
    output: 'yes',
  },
  {
    name: 'BooleanEqualsPath',
    definition: choose({ Variable: '$.a', BooleanEqualsPath: '$.b' }),
    input: { a: true, b: true },
    output: 'yes',
  },
  { name: 'IsPresent of nothing', definition: choose({ Variable: '$.a.b', IsPresent: false }), output: 'yes' },
  {
    name: 'And stops at the first false rule',
    definition: choose({
      And: [
        { Variable: '$.a', IsPresent: true },
        { Variable: '$.a', NumericEquals: 1 },
      ],
    }),
    output: 'no',
  },
  {
    name: 'Or stops at the first true rule',
    definition: choose({
      Or: [
        { Variable: '$.a', IsPresent: false },
        { Variable: '$.a', NumericEquals: 1 },
      ],
    }),
    output: 'yes',
  },
  { name: 'Not', definition: choose({ Not: { Variable: '$.a', NumericEquals: 1 } }), input: { a: 2 }, output: 'yes' },
  {
    name: 'Not of And',
    definition: choose({
      Not: {
        And: [
          { Variable: '$.a', IsNull: true },
          { Variable: '$.b', IsNull: true },
        ],
      },
    }),
    input: { a: null, b: null },
    output: 'no',
  },
  {
    name: 'a Variable in the context',
    definition: choose({ Variable: '$$.Execution.Name', StringEquals: 'run-1' }),
    output: 'yes',
  },
  {
    name: 'a missing Variable is States.Runtime',
    definition: choose({ Variable: '$.no', StringEquals: 'x' }),
    error: 'States.Runtime',
    cause: /\$\.no/,
  },
  {
    name: 'IsNull of nothing is States.Runtime',
    definition: choose({ Variable: '$.no', IsNull: true }),
    error: 'States.Runtime',
  },
  {
    name: 'no match and no Default',
    definition: machineOf({
      S: { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, Next: 'T' }] },
      T: { Type: 'Succeed' },
    }),
    input: { a: 1 },
    error: 'States.NoChoiceMatched',
  },
  {
    name: 'the first rule that matches wins',
    definition: machineOf({
      S: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.a', NumericEquals: 1, Next: 'T' },
          { Variable: '$.a', IsNumeric: true, Next: 'U' },
        ],
      },
      T: { Type: 'Pass', Result: 'T', End: true },
      U: { Type: 'Pass', Result: 'U', End: true },
    }),
    input: { a: 1 },
    output: 'T',
  },
];

const ERRORS: Case[] = [
  { name: 'a task error fails the execution', definition: failing('Bad', {}), error: 'Bad', cause: /^why$/ },
  { name: 'Fail with texts', definition: single({ Type: 'Fail', Error: 'E', Cause: 'C' }), error: 'E', cause: /^C$/ },
  { name: 'Fail without texts', definition: single({ Type: 'Fail' }), error: '', cause: /^$/ },
  {
    name: 'Fail with paths and an intrinsic',
    definition: single({ Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('{}: {}', $$.State.Name, $.c)" }),
    input: { e: 'E', c: 1 },
    error: 'E',
    cause: /^S: 1$/,
  },
  {
    name: 'Fail with a path to no text',
    definition: single({ Type: 'Fail', ErrorPath: '$.e' }),
    input: { e: 5 },
    error: 'States.Runtime',
  },
  {
    name: 'Catch by name',
    definition: failing('Bad', { Catch: [{ ErrorEquals: ['Bad'], Next: 'Caught' }] }),
    output: { Error: 'Bad', Cause: 'why' },
  },
  {
    name: 'Catch with ResultPath keeps the raw input',
    definition: failing('Bad', {
      InputPath: '$.a',
      Catch: [{ ErrorEquals: ['Bad'], ResultPath: '$.failure', Next: 'Caught' }],
    }),
    input: { a: 1 },
    output: { a: 1, failure: { Error: 'Bad', Cause: 'why' } },
  },
  {
    name: 'Catch with ResultPath null',
    definition: failing('Bad', { Catch: [{ ErrorEquals: ['Bad'], ResultPath: null, Next: 'Caught' }] }),
    input: { a: 1 },
    output: { a: 1 },
  },
  {
    name: 'the first Catch that matches wins',
    definition: failing('Bad', {
      Catch: [
        { ErrorEquals: ['Bad'], ResultPath: '$.first', Next: 'Caught' },
        { ErrorEquals: ['States.ALL'], Next: 'Caught' },
      ],
    }),
    output: { first: { Error: 'Bad', Cause: 'why' } },
  },
  {
    name: 'States.ALL catches any name',
    definition: failing('Any', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] }),
    output: { Error: 'Any', Cause: 'why' },
  },
  {
    name: 'States.ALL catches States.Timeout',
    definition: failing('States.Timeout', {
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Caught' }],
    }),
    output: {},
  },
  {
    name: 'States.TaskFailed catches any name',
    definition: failing('Any', { Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: null, Next: 'Caught' }] }),
    output: {},
  },
  {
    name: 'States.TaskFailed does not catch States.Timeout',
    definition: failing('States.Timeout', { Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Caught' }] }),
    error: 'States.Timeout',
  },
  {
    name: 'another name does not catch',
    definition: failing('Bad', { Catch: [{ ErrorEquals: ['Good'], Next: 'Caught' }] }),
    error: 'Bad',
  },
  {
    name: 'States.ALL does not catch States.Runtime',
    definition: failing('Bad', {
      Parameters: { 'x.$': '$.no' },
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
    }),
    error: 'States.Runtime',
  },
  {
    name: 'not even its name catches States.Runtime',
    definition: failing('Bad', {
      Parameters: { 'x.$': '$.no' },
      Catch: [{ ErrorEquals: ['States.Runtime'], Next: 'Caught' }],
    }),
    error: 'States.Runtime',
  },
  {
    name: 'States.Runtime in a branch passes the Catch around it',
    definition: machineOf({
      S: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'B', States: { B: { Type: 'Pass', InputPath: '$.no', End: true } } }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'T' }],
        End: true,
      },
      T: { Type: 'Succeed' },
    }),
    error: 'States.Runtime',
  },
  {
    name: 'a failing intrinsic can be caught',
    definition: failing('Bad', {
      Parameters: { 'x.$': "States.StringToJson('{')" },
      Catch: [{ ErrorEquals: ['States.IntrinsicFailure'], ResultPath: null, Next: 'Caught' }],
    }),
    output: {},
  },
  {
    name: 'a task result above 256 KiB',
    definition: machineOf({
      S: {
        Type: 'Task',
        Resource: ECHO,
        Parameters: { 'x.$': 'States.Array($.a, $.a, $.a)' },
        Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], ResultPath: null, Next: 'T' }],
        ResultPath: null,
        End: true,
      },
      T: { Type: 'Pass', Result: 'caught', End: true },
    }),
    input: { a: 'x'.repeat(100_000) },
    output: 'caught',
  },
  {
    name: 'an output above 256 KiB',
    definition: pass({ Parameters: { 'x.$': 'States.Array($.a, $.a, $.a)' } }),
    input: { a: 'x'.repeat(100_000) },
    error: 'States.DataLimitExceeded',
  },
  {
    name: 'the limit counts bytes',
    definition: pass({}),
    input: 'ä'.repeat(131_072),
    error: 'States.DataLimitExceeded',
  },
];

const PARALLEL_AND_MAP: Case[] = [
  {
    name: 'Parallel gives each branch the input and lists the outputs in order',
    definition: fan({}, { Type: 'Wait', Seconds: 1, End: true }, { Type: 'Pass', Result: 2, End: true }),
    input: { a: 1 },
    output: [{ a: 1 }, 2],
  },
  {
    name: 'Parallel with Parameters and ResultSelector',
    definition: fan(
      { Parameters: { 'x.$': '$.a' }, ResultSelector: { 'first.$': '$[0].x' }, ResultPath: '$.r' },
      { Type: 'Pass', End: true },
    ),
    input: { a: 1 },
    output: { a: 1, r: { first: 1 } },
  },
  {
    name: 'a failing branch fails Parallel with its own error',
    definition: fan({}, { Type: 'Pass', End: true }, { Type: 'Fail', Error: 'E', Cause: 'C' }),
    error: 'E',
    cause: /^C$/,
  },
  { name: 'Map over the input itself', definition: each({}), input: [1, 2, 3], output: [1, 2, 3] },
  { name: 'Map over nothing', definition: each({}), input: [], output: [] },
  {
    name: 'Map with ItemsPath and ResultPath',
    definition: each({ ItemsPath: '$.l', ResultPath: '$.r' }, { Type: 'Pass', Parameters: { 'v.$': '$' }, End: true }),
    input: { l: ['a', 'b'] },
    output: { l: ['a', 'b'], r: [{ v: 'a' }, { v: 'b' }] },
  },
  {
    name: 'Map with ItemSelector',
    definition: each({
      ItemsPath: '$.l',
      ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 'k.$': '$.k', 's.$': '$$.State.Name' },
    }),
    input: { l: ['a', 'b'], k: 1 },
    output: [
      { i: 0, v: 'a', k: 1, s: 'S' },
      { i: 1, v: 'b', k: 1, s: 'S' },
    ],
  },
  {
    name: 'the old Iterator with Parameters',
    definition: single({
      Type: 'Map',
      Iterator: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
      Parameters: { 'v.$': '$$.Map.Item.Value' },
    }),
    input: [1],
    output: [{ v: 1 }],
  },
  {
    name: 'Map with ProcessorConfig INLINE',
    definition: single({
      Type: 'Map',
      ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'I', States: { I: { Type: 'Succeed' } } },
    }),
    input: [1],
    output: [1],
  },
  {
    name: 'states inside a Map see $$.Map',
    definition: each({}, { Type: 'Pass', Parameters: { 'i.$': '$$.Map.Item.Index' }, End: true }),
    input: ['a', 'b'],
    output: [{ i: 0 }, { i: 1 }],
  },
  {
    name: 'MaxConcurrencyPath',
    definition: each({ ItemsPath: '$.l', MaxConcurrencyPath: '$.n' }),
    input: { l: [1, 2], n: 1 },
    output: [1, 2],
  },
  {
    name: 'MaxConcurrencyPath to no number',
    definition: each({ ItemsPath: '$.l', MaxConcurrencyPath: '$.n' }),
    input: { l: [1, 2], n: '1' },
    error: 'States.Runtime',
  },
  {
    name: 'Map over something else',
    definition: each({}),
    input: { a: 1 },
    error: 'States.QueryEvaluationError',
    cause: /must be an array/,
  },
  { name: 'a failing iteration fails Map', definition: each({}, { Type: 'Fail', Error: 'E' }), input: [1], error: 'E' },
  {
    name: 'Map in Map',
    definition: each(
      {},
      { Type: 'Map', ItemProcessor: { StartAt: 'J', States: { J: { Type: 'Pass', End: true } } }, End: true },
    ),
    input: [[1], [2, 3]],
    output: [[1], [2, 3]],
  },
];

const WAIT: Case[] = [
  {
    name: 'Wait hands its input on',
    definition: single({ Type: 'Wait', Seconds: 10 }),
    input: { a: 1 },
    output: { a: 1 },
  },
  {
    name: 'SecondsPath below 0',
    definition: single({ Type: 'Wait', SecondsPath: '$.s' }),
    input: { s: -1 },
    error: 'States.Runtime',
  },
  {
    name: 'SecondsPath to a fraction',
    definition: single({ Type: 'Wait', SecondsPath: '$.s' }),
    input: { s: 1.5 },
    error: 'States.Runtime',
  },
  { name: 'SecondsPath to nothing', definition: single({ Type: 'Wait', SecondsPath: '$.s' }), error: 'States.Runtime' },
  {
    name: 'TimestampPath without a zone',
    definition: single({ Type: 'Wait', TimestampPath: '$.t' }),
    input: { t: '2026-01-01T00:00:00' },
    error: 'States.Runtime',
  },
  {
    name: 'Timestamp in the past',
    definition: single({ Type: 'Wait', Timestamp: '2020-01-01T00:00:00Z', OutputPath: '$.a' }),
    input: { a: 1 },
    output: 1,
  },
];

const TABLES: [string, Case[]][] = [
  ['input and output', INPUT_AND_OUTPUT],
  ['paths', PATHS],
  ['Choice', CHOICE],
  ['errors', ERRORS],
  ['Parallel and Map', PARALLEL_AND_MAP],
  ['Wait', WAIT],
];

describe.each(TABLES)('%s', (_, cases) => {
  test.each(cases)('$name', async ({ definition, input = {}, output, error, cause = /^/ }) => {
    const { result } = await run(definition, input);
    if (error === undefined) expect(result).toEqual({ status: 'SUCCEEDED', output });
    else expect(result).toEqual({ status: 'FAILED', error, cause: expect.stringMatching(cause) as string });
  });
});

test('asl-validator finds every definition of these tables valid', () => {
  // All in one machine, since the validator spends most of its time preparing; that repeats state names.
  const Branches = TABLES.flatMap(([, cases]) => cases.map(({ definition }) => definition));
  const machine = JSON.stringify(machineOf({ All: { Type: 'Parallel', Branches, End: true } }));
  const { errors } = validate(JSON.parse(machine) as object);
  expect(errors.filter((error) => error['Error code'] !== 'DUPLICATE_STATE_NAMES')).toEqual([]);
});

test('a filter with two comparisons, which asl-validator does not know', async () => {
  const { result } = await run(pass({ InputPath: "$.book[?(@.p >= 15 && @.t != 'c')].t" }), books);
  expect(result).toEqual({ status: 'SUCCEEDED', output: ['b'] });
});
