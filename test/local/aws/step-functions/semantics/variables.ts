import { branchOf, ECHO, FAIL, machineOf } from '../harness';
import type { Case } from './case';

const succeed = (Output: unknown): object => ({ Type: 'Succeed', Output });

/** So many variables of a quarter MiB, less a little, that the last does not fit into 10 MiB. */
const FORTY_ONE = Object.fromEntries(
  Array.from({ length: 41 }, (_, index) => [
    `S${index}`,
    {
      Type: 'Pass',
      Assign: { [`v${index}`]: "{% $pad('', 262000, 'x') %}" },
      ...(index < 40 ? { Next: `S${index + 1}` } : { End: true }),
    },
  ]),
);

export const VARIABLES: readonly Case[] = [
  {
    name: 'a variable is there in later states, and the output is not changed by it',
    definition: machineOf({
      S: { Type: 'Pass', Assign: { a: '{% $states.input.a + 1 %}', b: { c: null } }, Next: 'T' },
      T: { Type: 'Pass', Next: 'U' },
      U: succeed({ a: '{% $a %}', b: '{% $b %}', input: '{% $states.input %}' }),
    }),
    input: { a: 1 },
    output: { a: 2, b: { c: null }, input: { a: 1 } },
  },
  {
    name: 'Assign and Output see the values from before',
    definition: machineOf({
      S: { Type: 'Pass', Assign: { x: 1, y: 2 }, Next: 'T' },
      T: { Type: 'Pass', Assign: { x: '{% $y %}', y: '{% $x %}' }, Output: { x: '{% $x %}' }, Next: 'U' },
      U: succeed({ x: '{% $x %}', y: '{% $y %}', before: '{% $states.input.x %}' }),
    }),
    output: { x: 2, y: 1, before: 1 },
  },
  {
    name: 'a task assigns of its result',
    definition: machineOf({
      S: {
        Type: 'Task',
        Resource: ECHO,
        Arguments: { n: 5 },
        Assign: { n: '{% $states.result.n %}' },
        Output: '{% $states.input %}',
        Next: 'T',
      },
      T: succeed({ n: '{% $n %}', input: '{% $states.input %}' }),
    }),
    output: { n: 5, input: {} },
  },
  {
    name: 'a Catch assigns of the error, and the Assign of the state does not happen',
    definition: machineOf({
      S: {
        Type: 'Task',
        Resource: FAIL,
        Arguments: { error: 'E', cause: 'why' },
        Assign: { done: true },
        Catch: [
          {
            ErrorEquals: ['E'],
            Assign: { failed: '{% $states.context.State.Name & $states.errorOutput.Cause %}' },
            Next: 'T',
          },
        ],
        End: true,
      },
      T: succeed({ failed: '{% $failed %}', done: '{% $exists($done) %}' }),
    }),
    output: { failed: 'Swhy', done: false },
  },
  {
    name: 'a variable that has no value fails the state that reads it',
    definition: machineOf({ S: succeed('{% $nobody %}') }),
    error: 'States.QueryEvaluationError',
    cause: /'\$nobody' specified for the field 'Output' returned nothing/,
  },
  {
    name: 'an expression of Assign without result',
    definition: machineOf({ S: { Type: 'Pass', Assign: { a: { b: '{% $states.input.no %}' } }, End: true } }),
    error: 'States.QueryEvaluationError',
    cause: /field 'Assign\/a\/b' returned nothing/,
  },
  {
    name: 'an iteration reads the variables around it, and keeps its own',
    definition: machineOf({
      S: { Type: 'Pass', Assign: { outer: 10 }, Next: 'M' },
      M: {
        Type: 'Map',
        Items: [1, 2],
        ItemProcessor: branchOf({
          I: { Type: 'Pass', Assign: { own: '{% $states.input * $outer %}' }, Next: 'J' },
          J: succeed('{% $own %}'),
        }),
        Next: 'T',
      },
      T: succeed({ out: '{% $states.input %}', own: '{% $exists($own) %}' }),
    }),
    output: { out: [10, 20], own: false },
  },
  {
    name: 'a variable above 256 KiB',
    definition: machineOf({ S: { Type: 'Pass', Assign: { a: "{% $pad('', 262144, 'x') %}" }, End: true } }),
    error: 'States.DataLimitExceeded',
    cause: /256 KiB/,
  },
  {
    name: 'a Catch by name takes that too',
    definition: machineOf({
      S: {
        Type: 'Task',
        Resource: ECHO,
        Assign: { a: "{% $pad('', 262144, 'x') %}" },
        Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Output: { caught: true }, Next: 'T' }],
        End: true,
      },
      T: { Type: 'Succeed' },
    }),
    output: { caught: true },
  },
  {
    name: 'variables of one Assign above 256 KiB together',
    definition: machineOf({
      S: { Type: 'Pass', Assign: { a: "{% $pad('', 140000, 'x') %}", b: "{% $pad('', 140000, 'x') %}" }, End: true },
    }),
    error: 'States.DataLimitExceeded',
    cause: /256 KiB/,
  },
  {
    name: 'variables above 10 MiB all together',
    definition: machineOf(FORTY_ONE),
    error: 'States.DataLimitExceeded',
    cause: /10 MiB/,
  },
];
