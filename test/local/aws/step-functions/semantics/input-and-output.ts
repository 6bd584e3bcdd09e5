import { ECHO, machineOf, single } from '../harness';
import { type Case, pass, task } from './case';

export const INPUT_AND_OUTPUT: readonly Case[] = [
  { name: 'Pass hands its input on', definition: pass({}), input: { a: 1 }, output: { a: 1 } },
  { name: 'falsy inputs are data like any other', definition: pass({}), input: 0, output: 0 },
  { name: 'a null input stays null', definition: pass({ Output: '{% $states.input %}' }), input: null, output: null },
  { name: 'Output replaces the input', definition: pass({ Output: { b: 2 } }), input: { a: 1 }, output: { b: 2 } },
  {
    name: 'each text in Output may be an expression, others are literal',
    definition: pass({
      Output: { a: ['{% $states.input.a %}', '$states.input.a', { b: '{% 1 + 1 %}', c: null }], d: true },
    }),
    input: { a: 'x' },
    output: { a: ['x', '$states.input.a', { b: 2, c: null }], d: true },
  },
  {
    name: 'an expression that gives null has a result',
    definition: pass({ Output: { a: '{% $states.input.a %}' } }),
    input: { a: null },
    output: { a: null },
  },
  {
    name: 'an expression without result fails the state',
    definition: pass({ Output: { v: ['{% $states.input.absent %}'] } }),
    error: 'States.QueryEvaluationError',
    cause:
      /^An error occurred while executing the state 'S' \(entered at the event id #2\)\. The JSONata expression '\$states\.input\.absent' specified for the field 'Output\/v\[0\]' returned nothing \(undefined\)\.$/,
  },
  {
    name: 'within an expression an object leaves out what has no value',
    definition: pass({ Output: "{% {'a': $states.input.absent, 'b': 1} %}" }),
    output: { b: 1 },
  },
  {
    name: 'an error of JSONata fails the state',
    definition: pass({ Output: "{% 1 + 'a' %}" }),
    error: 'States.QueryEvaluationError',
    cause:
      /'Output' threw an error during evaluation\. T2002: The right side of the "\+" operator must evaluate to a number$/,
  },
  {
    name: 'a function is no result',
    definition: pass({ Output: '{% function($x) { $x } %}' }),
    error: 'States.QueryEvaluationError',
    cause: /returned an unsupported result type/,
  },
  {
    name: 'nor is one deep inside',
    definition: pass({ Output: "{% {'a': [$sum]} %}" }),
    error: 'States.QueryEvaluationError',
    cause: /returned an unsupported result type/,
  },
  {
    name: 'nor is a number without end',
    definition: pass({ Output: '{% 1 / 0 %}' }),
    error: 'States.QueryEvaluationError',
  },
  {
    name: 'a path through a list of one gives the bare element',
    definition: pass({
      Output: { one: '{% $states.input.l.n %}', whole: '{% $states.input.l %}', list: '{% $states.input.l.n[] %}' },
    }),
    input: { l: [{ n: 1 }] },
    output: { one: 1, whole: [{ n: 1 }], list: [1] },
  },
  {
    name: 'a path through a list of several gives a list',
    definition: pass({ Output: '{% $states.input.l.n %}' }),
    input: { l: [{ n: 1 }, { n: 2 }] },
    output: [1, 2],
  },
  {
    name: 'a path through an empty list gives nothing',
    definition: pass({ Output: '{% $states.input.l.n %}' }),
    input: { l: [] },
    error: 'States.QueryEvaluationError',
  },
  {
    name: 'Arguments replace the input of a task',
    definition: task({ Arguments: { a: '{% $states.input.b %}' } }),
    input: { b: 1 },
    output: { a: 1 },
  },
  { name: 'without Arguments a task gets the input', definition: task({}), input: { a: 1 }, output: { a: 1 } },
  {
    name: 'Arguments may be one expression',
    definition: task({ Arguments: '{% $states.input.a %}' }),
    input: { a: [1] },
    output: [1],
  },
  {
    name: 'Output reads result and input of a task',
    definition: task({ Arguments: { a: 1 }, Output: "{% $merge([$states.input, {'r': $states.result.a}]) %}" }),
    input: { b: 2 },
    output: { b: 2, r: 1 },
  },
  {
    name: 'Succeed has an Output',
    definition: single({ Type: 'Succeed', Output: { a: '{% $states.input.b %}' } }),
    input: { b: 1 },
    output: { a: 1 },
  },
  {
    name: 'the context of a task',
    definition: task({
      Arguments: '{% $states.context %}',
      Output: "{% $merge([$states.result.State, {'EnteredTime': 0}]) %}",
    }),
    output: { Name: 'S', EnteredTime: 0, RetryCount: 0 },
  },
  {
    name: 'the context of another state, which has no RetryCount, no Task and no Map',
    definition: pass({ Output: '{% [$states.context.State.$keys(), $states.context.$keys()] %}' }),
    output: ['EnteredTime', 'Name', 'Execution', 'StateMachine', 'State'],
  },
  {
    name: 'the context of the execution',
    definition: pass({
      Output: {
        execution: "{% $sift($states.context.Execution, function($v, $k) { $k != 'StartTime' }) %}",
        started: '{% $toMillis($states.context.Execution.StartTime) > 0 %}',
        machine: '{% $states.context.StateMachine %}',
      },
    }),
    input: { a: 1 },
    output: {
      execution: {
        Id: 'arn:aws:states:us-east-1:000000000000:execution:machine:run-1',
        Input: { a: 1 },
        Name: 'run-1',
        RoleArn: 'arn:aws:iam::000000000000:role/machine',
        RedriveCount: 0,
      },
      started: true,
      machine: { Id: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine', Name: 'machine' },
    },
  },
  {
    name: 'a task result above 256 KiB, which States.ALL does not catch',
    definition: machineOf({
      S: {
        Type: 'Task',
        Resource: ECHO,
        Arguments: { x: '{% [$states.input.a, $states.input.a, $states.input.a] %}' },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'T' }],
        End: true,
      },
      T: { Type: 'Succeed' },
    }),
    input: { a: 'x'.repeat(100_000) },
    error: 'States.DataLimitExceeded',
  },
  {
    name: 'an output above 256 KiB',
    definition: pass({ Output: '{% [$states.input, $states.input, $states.input] %}' }),
    input: 'x'.repeat(100_000),
    error: 'States.DataLimitExceeded',
    cause: /^The state\/task 'S' returned a result with a size exceeding/,
  },
  {
    name: 'the limit counts bytes',
    definition: pass({}),
    input: 'ä'.repeat(131_072),
    error: 'States.DataLimitExceeded',
  },
];
