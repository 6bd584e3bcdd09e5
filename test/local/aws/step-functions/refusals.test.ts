import { UnsupportedDefinition } from '../../../../local/aws/step-functions/state-machine';
import { ECHO, machineOf, parse, single } from './harness';

const pass = (fields: object): object => single({ Type: 'Pass', ...fields });
const task = (fields: object): object => single({ Type: 'Task', Resource: ECHO, ...fields });
const map = (fields: object): object =>
  single({ Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Succeed' } } }, ...fields });
const rule = (fields: object): object =>
  machineOf({ S: { Type: 'Choice', Choices: [{ ...fields, Next: 'T' }] }, T: { Type: 'Succeed' } });

test.each<[what: string, definition: object, problem: RegExp]>([
  [
    'JSONata for the machine',
    { QueryLanguage: 'JSONata', StartAt: 'S', States: { S: { Type: 'Succeed' } } },
    /state machine, QueryLanguage: .*"JSONPath".*"JSONata"/,
  ],
  ['JSONata for a state', pass({ QueryLanguage: 'JSONata' }), /state "S", QueryLanguage: .*"JSONata"/],
  ['Assign', pass({ Assign: { a: 1 } }), /state "S", Assign: this field is not implemented/],
  [
    'Assign in a Choice rule',
    rule({ Variable: '$.a', IsNull: true, Assign: {} }),
    /state "S", Choices\.0: .*IsNull, Assign/,
  ],
  ['Output', pass({ Output: '{% 1 %}' }), /state "S", Output: this field is not implemented/],
  ['Credentials', task({ Credentials: { RoleArn: 'r' } }), /state "S", Credentials: this field is not implemented/],
  ['HeartbeatSeconds', task({ HeartbeatSeconds: 5 }), /state "S", HeartbeatSeconds: this field is not implemented/],
  ['an unknown field', pass({ Nxt: 'T' }), /state "S", Nxt: this field is not implemented/],
  ['an unknown field of the machine', { ...pass({}), Foo: 1 }, /state machine, Foo: this field is not implemented/],
  [
    'a field of another type of state',
    single({ Type: 'Succeed', ResultPath: '$.a' }),
    /state "S", ResultPath: this field/,
  ],
  ['an unknown type', single({ Type: 'Loop' }), /state "S", Type: .*"Loop"/],
  [
    'a distributed Map',
    map({
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: { Type: 'Succeed' } } },
    }),
    /state "S", ItemProcessor\.ProcessorConfig\.Mode: .*"DISTRIBUTED"/,
  ],
  ['ItemReader', map({ ItemReader: {} }), /state "S", ItemReader: this field is not implemented/],
  ['ToleratedFailureCount', map({ ToleratedFailureCount: 1 }), /state "S", ToleratedFailureCount: this field/],
  [
    'waitForTaskToken',
    task({ Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken' }),
    /state "S", Resource: waitForTaskToken is not implemented/,
  ],
  [
    'a Resource without handler',
    task({ Resource: 'arn:aws:states:::sns:publish' }),
    /state "S", Resource: nothing here handles arn:aws:states:::sns:publish/,
  ],
  [
    'a Resource without handler in a branch',
    single({
      Type: 'Parallel',
      Branches: [{ StartAt: 'B', States: { B: { Type: 'Task', Resource: 'x', End: true } } }],
    }),
    /state "B", Resource: nothing here handles x/,
  ],
  ['a Resource that is no text', task({ Resource: { 'Fn::Sub': 'x' } }), /state "S", Resource: /],
  [
    'StartAt to nowhere',
    { StartAt: 'X', States: { S: { Type: 'Succeed' } } },
    /state machine, StartAt: there is no state "X"/,
  ],
  ['Next to nowhere', pass({ Next: 'X' }), /state "S", Next: there is no state "X"/],
  [
    'Default to nowhere',
    machineOf({ S: { Type: 'Choice', Choices: [{ Variable: '$', IsNull: true, Next: 'S' }], Default: 'X' } }),
    /state "S", Default: there is no state "X"/,
  ],
  [
    'Catch to nowhere',
    task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'X' }] }),
    /state "S", Catch\.0\.Next: there is no state "X"/,
  ],
  [
    'Next out of a branch',
    machineOf({
      S: { Type: 'Parallel', Branches: [{ StartAt: 'B', States: { B: { Type: 'Pass', Next: 'T' } } }], Next: 'T' },
      T: { Type: 'Succeed' },
    }),
    /state "B", Next: there is no state "T"/,
  ],
  ['neither Next nor End', machineOf({ S: { Type: 'Pass' } }), /state "S", Next or End: one of these must be given/],
  ['Next and End', machineOf({ S: { Type: 'Pass', Next: 'S', End: true } }), /state "S", Next and End: only one/],
  [
    'a state that nothing leads to',
    machineOf({ S: { Type: 'Succeed' }, T: { Type: 'Succeed' } }),
    /state "T", name: no other state leads here/,
  ],
  [
    'one name twice',
    map({ ItemProcessor: { StartAt: 'S', States: { S: { Type: 'Succeed' } } } }),
    /state "S", name: another state/,
  ],
  ['no States', { StartAt: 'S' }, /state machine, States: this field is missing/],
  ['no definition', JSON.parse('null') as object, /state machine: .*received null/],
  ['a path without $', pass({ InputPath: 'a' }), /state "S", InputPath: .*must begin with \$/],
  ['a path with rubbish', pass({ InputPath: '$.a b' }), /state "S", InputPath: .*cannot read " b"/],
  ['a path function', pass({ OutputPath: '$.a.length()' }), /state "S", OutputPath: .*cannot read "\(\)"/],
  ['a script in a path', pass({ InputPath: '$[(@.length-1)]' }), /state "S", InputPath: .*cannot read/],
  ['a pattern in a filter', pass({ InputPath: '$.a[?(@.b =~ /x/)]' }), /state "S", InputPath: .*cannot read/],
  ['a call in a filter', pass({ InputPath: '$.a[?(@.b.slice(1) == 1)]' }), /state "S", InputPath: .*cannot read/],
  ['a wildcard in ResultPath', pass({ ResultPath: '$.a[*]' }), /state "S", ResultPath: .*reference path/],
  ['ResultPath into the context', pass({ ResultPath: '$$.a' }), /state "S", ResultPath: .*reference path/],
  ['a wildcard in a Variable', rule({ Variable: '$.a[*]', IsNull: true }), /state "S", Choices\.0: .*reference path/],
  [
    'an unknown operator',
    rule({ Variable: '$.a', StringContains: 'x' }),
    /Choices\.0: the operator StringContains does not exist/,
  ],
  ['BooleanLessThan', rule({ Variable: '$.a', BooleanLessThan: true }), /the operator BooleanLessThan does not exist/],
  [
    'an operand of another kind',
    rule({ Variable: '$.a', NumericEquals: '1' }),
    /NumericEquals must be a numeric, not "1"/,
  ],
  ['a rule without a Variable', rule({ StringEquals: 'a' }), /must have a Variable/],
  ['an empty And', rule({ And: [] }), /And must be a list of rules/],
  ['no Choices', single({ Type: 'Choice', Choices: [] }), /state "S", Choices: /],
  [
    'an unknown intrinsic',
    pass({ Parameters: { 'a.$': 'States.Sum(1)' } }),
    /state "S", Parameters: "States\.Sum\(1\)" is not a call/,
  ],
  [
    'too few arguments',
    pass({ Parameters: { 'a.$': 'States.ArrayLength()' } }),
    /States\.ArrayLength does not take 0 arguments/,
  ],
  [
    'an escape that does not exist',
    pass({ Parameters: { 'a.$': String.raw`States.Format('\"{}', 1)` } }),
    /cannot read the argument/,
  ],
  ['a bare brace in a template', pass({ Parameters: { 'a.$': "States.Format('{a}')" } }), /escape the brace as \\\{/],
  [
    'text after an intrinsic',
    pass({ Parameters: { 'a.$': 'States.UUID()[0]' } }),
    /cannot read "\[0\]" after the call/,
  ],
  ['a constant under .$', pass({ Parameters: { 'a.$': 5 } }), /"a\.\$" must hold a path or an intrinsic/],
  ['a text under .$', pass({ Parameters: { 'a.$': 'hello' } }), /is not a call of a known intrinsic/],
  ['the suffix .$ twice', pass({ Parameters: { 'Cause.$.$': '$.a' } }), /"Cause\.\$\.\$" has the suffix \.\$ twice/],
  ['a field with and without .$', pass({ Parameters: { a: 1, 'a.$': '$.a' } }), /"a" and "a\.\$" are the same field/],
  ['an intrinsic in InputPath', pass({ InputPath: 'States.UUID()' }), /state "S", InputPath: /],
  [
    'TimeoutSeconds twice',
    task({ TimeoutSeconds: 1, TimeoutSecondsPath: '$.t' }),
    /TimeoutSeconds and TimeoutSecondsPath: only one/,
  ],
  ['a time-out of 0', task({ TimeoutSeconds: 0 }), /state "S", TimeoutSeconds: /],
  [
    'a Wait without a time',
    single({ Type: 'Wait' }),
    /Seconds or SecondsPath or Timestamp or TimestampPath: one of these/,
  ],
  ['a Wait for a day', single({ Type: 'Wait', Timestamp: '2026-01-01' }), /state "S", Timestamp: must be a timestamp/],
  [
    'Error and ErrorPath',
    single({ Type: 'Fail', Error: 'E', ErrorPath: '$.e' }),
    /state "S", Error and ErrorPath: only one/,
  ],
  ['a Map without processor', single({ Type: 'Map' }), /ItemProcessor or Iterator: one of these must be given/],
  [
    'States.ALL with others',
    task({ Retry: [{ ErrorEquals: ['States.ALL', 'E'] }] }),
    /Retry\.0\.ErrorEquals: States\.ALL must stand alone/,
  ],
  [
    'States.ALL before others',
    task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }] }),
    /Retry\.0\.ErrorEquals: .*in the last rule/,
  ],
  ['no ErrorEquals', task({ Retry: [{ ErrorEquals: [] }] }), /state "S", Retry\.0\.ErrorEquals: /],
  [
    'a shrinking back-off',
    task({ Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] }),
    /state "S", Retry\.0\.BackoffRate: /,
  ],
])('%s', (_, definition, problem) => {
  const refuse = (): unknown => parse(definition);
  expect(refuse).toThrow(UnsupportedDefinition);
  expect(refuse).toThrow(problem);
});

test('tells every problem at once', () => {
  const refuse = (): unknown =>
    parse(machineOf({ S: { Type: 'Pass', Next: 'X' }, T: { Type: 'Task', Resource: 'r', Next: 'Y' } }));
  expect(refuse).toThrow(/"X"[^]*handles r[^]*"T", name[^]*"Y"/);
});
