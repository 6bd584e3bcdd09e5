import { branchOf, ECHO, machineOf, single } from '../harness';
import { caught, choice, map, pass, SCHEMA, task, wait, inner, TRUE, type Row } from './row';

/** What the interpreter runs. */
export const ACCEPTED: readonly Row[] = [
  {
    what: 'comments, on the machine, states, rules, Retry and Catch',
    definition: {
      ...machineOf({
        S: {
          Type: 'Task',
          Comment: 'c',
          Resource: ECHO,
          Retry: [{ Comment: 'c', ErrorEquals: ['E'] }],
          Catch: [{ Comment: 'c', ErrorEquals: ['E'], Next: 'C' }],
          Next: 'C',
        },
        C: { Type: 'Choice', Comment: 'c', Choices: [{ Comment: 'c', ...TRUE, Next: 'T' }] },
        T: { Type: 'Fail', Comment: 'c' },
      }),
      Comment: 'c',
      TimeoutSeconds: 60,
    },
  },
  { what: 'a state that repeats the query language', definition: pass({ QueryLanguage: 'JSONata' }) },
  {
    what: 'Assign and Output',
    definition: pass({ Assign: { a: 1, ünïcode_1: '{% 1 %}' }, Output: { b: ['{% $a %}'] } }),
  },
  { what: 'Assign and Output in a rule', definition: choice({ ...TRUE, Assign: { a: 1 }, Output: { b: 1 } }) },
  {
    what: 'Assign and Output in a Catch',
    definition: caught({ Assign: { a: '{% $states.errorOutput %}' }, Output: {} }),
  },
  { what: 'a time-out that is evaluated', definition: task({ TimeoutSeconds: '{% $states.input.t %}' }) },
  { what: 'Seconds that are evaluated', definition: wait('{% $states.input.s %}') },
  {
    what: 'Error and Cause that are evaluated',
    definition: single({ Type: 'Fail', Error: '{% $e %}', Cause: '{% $c %}' }),
  },
  {
    what: 'a Map with everything',
    definition: map({
      Items: '{% $states.input.l %}',
      ItemSelector: { i: '{% $states.context.Map.Item.Index %}' },
      MaxConcurrency: '{% 2 %}',
      ItemProcessor: { ...inner, ProcessorConfig: { Mode: 'INLINE' } },
      Retry: [{ ErrorEquals: ['States.ALL'], MaxDelaySeconds: 5, JitterStrategy: 'FULL' }],
      Output: '{% $states.result %}',
    }),
  },
  { what: 'Items as a list', definition: map({ Items: [1, '{% 2 %}'] }) },
  {
    what: 'a variable of the states around',
    definition: map({
      ItemProcessor: branchOf({ I: { Type: 'Pass', Output: '{% $a %}', End: true } }),
      Assign: { a: 1 },
    }),
  },
  {
    what: 'names in predicates, objects and functions',
    definition: pass({ Output: '{% $states.input.a[x > $.y].{"z": w} %}' }),
  },
  ...['$a[b > 1]', '$a{b: c}', '$a^(b)', '$a ~> |b|{"c": d}|'].map((expression) => ({
    what: `names below the top level, as in ${expression}`,
    definition: pass({ Output: `{% ${expression} %}` }),
  })),
  { what: 'a variable that no state assigns, which may be', definition: pass({ Output: '{% $nobody %}' }) },
  {
    what: 'an expression without blanks',
    definition: pass({ Output: '{%1%}' }),
    validator: [SCHEMA],
    why: 'the validator wants a blank on either side; AWS does not',
  },
  {
    what: 'an expression in several lines',
    definition: pass({ Output: '{% $states\n.input %}' }),
    validator: [SCHEMA],
    why: 'a dot in the pattern of the validator is no line break',
  },
  {
    what: 'an empty text in Assign',
    definition: pass({ Assign: { a: '' } }),
    validator: [SCHEMA],
    why: "the validator's pattern of a text wants a character, and takes {% '' %}",
  },
  { what: 'an empty text as an expression', definition: pass({ Assign: { a: "{% '' %}" } }) },
  {
    what: 'Output as a list',
    definition: pass({ Output: [1] }),
    validator: [SCHEMA],
    why: 'any JSON may be an Output on AWS',
  },
  {
    what: 'a number as Output',
    definition: pass({ Output: 1 }),
    validator: [SCHEMA],
    why: 'any JSON may be an Output on AWS',
  },
];
