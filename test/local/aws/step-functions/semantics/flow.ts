import { branchOf, machineOf, single } from '../harness';
import type { Case } from './case';

const choose = (Condition: string, fields: object = {}, rule: object = {}): object =>
  machineOf({
    S: { Type: 'Choice', Choices: [{ Condition, Next: 'Yes', ...rule }], Default: 'No', ...fields },
    Yes: { Type: 'Succeed', Output: { yes: '{% $states.input %}', a: "{% $exists($a) ? $a : 'none' %}" } },
    No: { Type: 'Succeed', Output: { no: '{% $states.input %}', a: "{% $exists($a) ? $a : 'none' %}" } },
  });
const each = (fields: object, inner: object = { Type: 'Pass', End: true }): object =>
  single({ Type: 'Map', ItemProcessor: branchOf({ I: inner }), ...fields });
const wait = (Seconds: unknown, fields: object = {}): object => single({ Type: 'Wait', Seconds, ...fields });

const CHOICE: readonly Case[] = [
  {
    name: 'a Condition that holds',
    definition: choose('{% $states.input.a > 1 %}'),
    input: { a: 2 },
    output: { yes: { a: 2 }, a: 'none' },
  },
  {
    name: 'Default where none does',
    definition: choose('{% $states.input.a > 1 %}'),
    input: { a: 1 },
    output: { no: { a: 1 }, a: 'none' },
  },
  {
    name: 'the first rule that holds wins, and later ones are not evaluated',
    definition: machineOf({
      S: {
        Type: 'Choice',
        Choices: [
          { Condition: '{% true %}', Next: 'T' },
          { Condition: "{% 1 + 'a' = 1 %}", Next: 'T' },
        ],
      },
      T: { Type: 'Succeed' },
    }),
    output: {},
  },
  {
    name: 'no rule holds and no Default',
    definition: machineOf({
      S: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'T' }] },
      T: { Type: 'Succeed' },
    }),
    error: 'States.NoChoiceMatched',
  },
  {
    name: 'a rule that holds hands on and keeps what it says',
    definition: choose(
      '{% true %}',
      { Output: { s: 1 }, Assign: { a: 'state' } },
      { Output: { r: 1 }, Assign: { a: 'rule' } },
    ),
    output: { yes: { r: 1 }, a: 'rule' },
  },
  {
    name: 'a rule that says nothing leaves what the state says to its Default',
    definition: choose('{% true %}', { Output: { s: 1 }, Assign: { a: 'state' } }),
    input: 5,
    output: { yes: 5, a: 'none' },
  },
  {
    name: 'Default hands on and keeps what the state says',
    definition: choose(
      '{% false %}',
      { Output: { s: 1 }, Assign: { a: 'state' } },
      { Output: { r: 1 }, Assign: { a: 'rule' } },
    ),
    output: { no: { s: 1 }, a: 'state' },
  },
  {
    name: 'a Condition that gives no boolean',
    definition: choose('{% $states.input.a %}'),
    input: { a: 'yes' },
    error: 'States.QueryEvaluationError',
    cause:
      /'Choices\[0\]\/Condition' returned an unexpected result type\. Expected 'boolean', but was 'string' for value: "yes"$/,
  },
  {
    name: 'a Condition that gives nothing',
    definition: choose('{% $states.input.a %}'),
    error: 'States.QueryEvaluationError',
    cause: /'Choices\[0\]\/Condition' returned nothing/,
  },
  {
    name: 'comparing what is not there is false',
    definition: choose("{% $states.input.a = 'x' %}"),
    output: { no: {}, a: 'none' },
  },
];

const WAIT: readonly Case[] = [
  { name: 'Wait hands its input on', definition: wait(10), input: { a: 1 }, output: { a: 1 } },
  {
    name: 'Wait has an Output',
    definition: wait(0, { Output: { b: '{% $states.input.a %}' } }),
    input: { a: 1 },
    output: { b: 1 },
  },
  ...[-1, 1.5, '1', null].map((s) => ({
    name: `Seconds that give ${JSON.stringify(s)}`,
    definition: wait('{% $states.input.s %}'),
    input: { s },
    error: 'States.QueryEvaluationError',
    cause: /'Seconds' returned an unexpected result type\. Expected 'number'/,
  })),
  {
    name: 'Seconds that give nothing',
    definition: wait('{% $states.input.s %}'),
    error: 'States.QueryEvaluationError',
  },
];

const MAP: readonly Case[] = [
  { name: 'Map over the input itself', definition: each({}), input: [1, 2, 3], output: [1, 2, 3] },
  { name: 'Map over nothing', definition: each({}), input: [], output: [] },
  {
    name: 'Items, ItemSelector and Output',
    definition: each({
      Items: '{% $states.input.l %}',
      ItemSelector: {
        i: '{% $states.context.Map.Item.Index %}',
        v: '{% $states.context.Map.Item.Value %}',
        k: '{% $states.input.k %}',
        s: '{% $states.context.State.Name %}',
      },
      Output: { r: '{% $states.result %}' },
    }),
    input: { l: ['a', 'b'], k: 1 },
    output: {
      r: [
        { i: 0, v: 'a', k: 1, s: 'S' },
        { i: 1, v: 'b', k: 1, s: 'S' },
      ],
    },
  },
  {
    name: 'ItemSelector may be one expression',
    definition: each({ ItemSelector: '{% $states.context.Map.Item.Value * 2 %}' }),
    input: [1, 2],
    output: [2, 4],
  },
  {
    name: 'states inside a Map see its item in the context',
    definition: each({}, { Type: 'Pass', Output: { i: '{% $states.context.Map.Item.Index %}' }, End: true }),
    input: ['a', 'b'],
    output: [{ i: 0 }, { i: 1 }],
  },
  {
    name: 'MaxConcurrency that is evaluated',
    definition: each({ Items: '{% $states.input.l %}', MaxConcurrency: '{% $states.input.n %}' }),
    input: { l: [1, 2], n: 1 },
    output: [1, 2],
  },
  {
    name: 'MaxConcurrency that gives no number',
    definition: each({ Items: [1], MaxConcurrency: '{% $states.input.n %}' }),
    input: { n: '1' },
    error: 'States.QueryEvaluationError',
    cause: /'MaxConcurrency' returned an unexpected result type/,
  },
  {
    name: 'Map over something else',
    definition: each({}),
    input: { a: 1 },
    error: 'States.QueryEvaluationError',
    cause: /'S' \(entered.* must be an array but was: \{"a":1\}/,
  },
  {
    name: 'Items through a list of one are the bare element, which is no list',
    definition: each({ Items: '{% $states.input.l.n %}' }),
    input: { l: [{ n: 1 }] },
    error: 'States.QueryEvaluationError',
    cause: /must be an array but was: 1/,
  },
  { name: 'a failing iteration fails Map', definition: each({}, { Type: 'Fail', Error: 'E' }), input: [1], error: 'E' },
  {
    name: 'Map in Map',
    definition: each({}, { Type: 'Map', ItemProcessor: branchOf({ J: { Type: 'Pass', End: true } }), End: true }),
    input: [[1], [2, 3]],
    output: [[1], [2, 3]],
  },
];

export const FLOW: readonly Case[] = [...CHOICE, ...WAIT, ...MAP];
