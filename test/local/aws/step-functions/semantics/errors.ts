import { branchOf, ECHO, machineOf, single } from '../harness';
import { type Case, failing, task } from './case';

const caught = (error: string, ErrorEquals: string[], rule: object = {}): object =>
  failing(error, { Catch: [{ ErrorEquals, Next: 'Caught', ...rule }] });

export const ERRORS: readonly Case[] = [
  { name: 'a task error fails the execution', definition: failing('Bad', {}), error: 'Bad', cause: /^why$/ },
  { name: 'Fail with texts', definition: single({ Type: 'Fail', Error: 'E', Cause: 'C' }), error: 'E', cause: /^C$/ },
  { name: 'Fail without texts', definition: single({ Type: 'Fail' }), error: '', cause: /^$/ },
  {
    name: 'Fail with expressions',
    definition: single({
      Type: 'Fail',
      Error: '{% $states.input.e %}',
      Cause: "{% $states.context.State.Name & ': ' & $states.input.c %}",
    }),
    input: { e: 'E', c: 1 },
    error: 'E',
    cause: /^S: 1$/,
  },
  {
    name: 'Fail with an expression that gives no text',
    definition: single({ Type: 'Fail', Error: '{% $states.input.e %}' }),
    input: { e: 5 },
    error: 'States.QueryEvaluationError',
    cause: /'Error' returned an unexpected result type\. Expected 'string', but was 'number' for value: 5/,
  },
  {
    name: 'Catch by name hands on the error',
    definition: caught('Bad', ['Bad']),
    output: { Error: 'Bad', Cause: 'why' },
  },
  {
    name: 'Catch with an Output, which knows the input too',
    definition: caught('Bad', ['Bad'], { Output: "{% $merge([$states.input, {'failure': $states.errorOutput}]) %}" }),
    input: { a: 1 },
    output: { a: 1, failure: { Error: 'Bad', Cause: 'why' } },
  },
  {
    name: 'the first Catch that matches wins',
    definition: failing('Bad', {
      Catch: [
        { ErrorEquals: ['Good'], Output: { rule: 0 }, Next: 'Caught' },
        { ErrorEquals: ['Other', 'Bad'], Output: { rule: 1 }, Next: 'Caught' },
        { ErrorEquals: ['States.ALL'], Output: { rule: 2 }, Next: 'Caught' },
      ],
    }),
    output: { rule: 1 },
  },
  {
    name: 'States.ALL catches any name',
    definition: caught('Any', ['States.ALL']),
    output: { Error: 'Any', Cause: 'why' },
  },
  {
    name: 'States.ALL catches States.Timeout',
    definition: caught('States.Timeout', ['States.ALL'], { Output: {} }),
    output: {},
  },
  {
    name: 'States.TaskFailed catches any name',
    definition: caught('Any', ['States.TaskFailed'], { Output: {} }),
    output: {},
  },
  {
    name: 'States.TaskFailed does not catch States.Timeout',
    definition: caught('States.Timeout', ['States.TaskFailed']),
    error: 'States.Timeout',
  },
  { name: 'another name does not catch', definition: caught('Bad', ['Good']), error: 'Bad' },
  {
    name: 'States.ALL does not catch States.Runtime',
    definition: caught('States.Runtime', ['States.ALL']),
    error: 'States.Runtime',
  },
  {
    name: 'not even its name catches States.Runtime',
    definition: caught('States.Runtime', ['States.Runtime']),
    error: 'States.Runtime',
  },
  {
    name: 'States.ALL does not catch States.DataLimitExceeded',
    definition: caught('States.DataLimitExceeded', ['States.ALL']),
    error: 'States.DataLimitExceeded',
  },
  {
    name: 'nor does States.TaskFailed',
    definition: caught('States.DataLimitExceeded', ['States.TaskFailed']),
    error: 'States.DataLimitExceeded',
  },
  {
    name: 'its name does',
    definition: caught('States.DataLimitExceeded', ['States.DataLimitExceeded'], { Output: {} }),
    output: {},
  },
  ...(['Arguments', 'Output'] as const).map((field) => ({
    name: `States.ALL catches an expression of ${field} without result`,
    definition: machineOf({
      S: {
        Type: 'Task',
        Resource: ECHO,
        [field]: { x: '{% $states.input.no %}' },
        Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.errorOutput.Error %}', Next: 'T' }],
        End: true,
      },
      T: { Type: 'Succeed' },
    }),
    output: 'States.QueryEvaluationError',
  })),
  {
    name: 'an expression of a Catch without result is not caught again',
    definition: caught('Bad', ['States.ALL'], { Output: { x: '{% $states.input.no %}' } }),
    error: 'States.QueryEvaluationError',
    cause: /'Catch\[0\]\/Output\/x' returned nothing/,
  },
  {
    name: 'what fails in a Choice inside, the Map around it catches',
    definition: machineOf({
      S: {
        Type: 'Map',
        Items: [1],
        ItemProcessor: branchOf({
          C: { Type: 'Choice', Choices: [{ Condition: '{% $nobody %}', Next: 'D' }] },
          D: { Type: 'Succeed' },
        }),
        Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Output: { caught: true }, Next: 'T' }],
        End: true,
      },
      T: { Type: 'Succeed' },
    }),
    output: { caught: true },
  },
  {
    name: 'a time-out that gives no number',
    definition: task({ TimeoutSeconds: '{% $states.input.t %}' }),
    input: { t: 0 },
    error: 'States.QueryEvaluationError',
    cause: /'TimeoutSeconds' returned an unexpected result type/,
  },
];
