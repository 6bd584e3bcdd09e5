import { branchOf, machineOf, single } from '../harness';
import { caught, choice, map, RULES, TARGET, task, TRUE, wait, type Row } from './row';

/** States that lead nowhere, and fields with values that are none. */
export const WRONG_STRUCTURE: readonly Row[] = [
  {
    what: 'StartAt to nowhere',
    definition: { ...machineOf({ S: { Type: 'Succeed' } }), StartAt: 'X' },
    refused: /state machine, StartAt: there is no state "X"/,
    validator: [TARGET],
  },
  {
    what: 'Next to nowhere',
    definition: machineOf({ S: { Type: 'Pass', Next: 'X' }, T: { Type: 'Succeed' } }),
    refused: /state "S", Next: there is no state "X"/,
    validator: [TARGET],
  },
  {
    what: 'Default to nowhere',
    definition: choice(TRUE, { Default: 'X' }),
    refused: /state "S", Default: there is no state "X"/,
    validator: [TARGET],
  },
  {
    what: 'a rule to nowhere',
    definition: choice({ ...TRUE, Next: 'X' }),
    refused: /state "S", Choices\[0\]\/Next: there is no state "X"/,
    validator: [TARGET],
  },
  {
    what: 'Catch to nowhere',
    definition: caught({ Next: 'X' }),
    refused: /state "S", Catch\[0\]\/Next: there is no state "X"/,
    validator: [TARGET],
  },
  {
    what: 'Next out of a Map',
    definition: machineOf({
      S: { Type: 'Map', ItemProcessor: branchOf({ I: { Type: 'Pass', Next: 'T' } }), Next: 'T' },
      T: { Type: 'Succeed' },
    }),
    refused: /state "I", Next: there is no state "T"/,
    validator: ['MISSING_TERMINAL_STATE'],
  },
  {
    what: 'neither Next nor End',
    definition: machineOf({ S: { Type: 'Pass' } }),
    refused: /state "S", Next or End: one of these must be given/,
    validator: ['MISSING_TERMINAL_STATE', 'TERMINAL_STATE_WITH_NEXT'],
  },
  {
    what: 'Next and End',
    definition: machineOf({ S: { Type: 'Pass', Next: 'S', End: true } }),
    refused: /state "S", Next or End: .*only one/,
    validator: ['TERMINAL_STATE_WITH_NEXT'],
  },
  {
    what: 'a machine that cannot end',
    definition: machineOf({ S: { Type: 'Pass', Next: 'T' }, T: { Type: 'Pass', Next: 'S' } }),
    refused: /state machine, States: none of S, T ends/,
    validator: ['MISSING_TERMINAL_STATE'],
  },
  {
    what: 'a state that nothing leads to',
    definition: machineOf({ S: { Type: 'Succeed' }, T: { Type: 'Succeed' } }),
    refused: /state "T", name: no other state leads here/,
    validator: [TARGET],
  },
  {
    what: 'one name twice',
    definition: map({ ItemProcessor: branchOf({ S: { Type: 'Succeed' } }) }),
    refused: /state "S", name: another state/,
    validator: ['DUPLICATE_STATE_NAMES'],
  },
  {
    what: 'a name of 81 characters',
    definition: machineOf({ ['s'.repeat(81)]: { Type: 'Succeed' } }),
    refused: /name: it has more than 80 characters/,
  },
  {
    what: 'no States',
    definition: { QueryLanguage: 'JSONata', StartAt: 'S' },
    refused: /state machine, States: this field is missing/,
  },

  { what: 'a time-out of 0', definition: task({ TimeoutSeconds: 0 }), refused: /state "S", TimeoutSeconds: / },
  {
    what: 'a Wait without a time',
    definition: single({ Type: 'Wait' }),
    refused: /state "S", Seconds: this field is missing/,
    validator: ['WAIT_DURATION'],
  },
  { what: 'a Wait of less than nothing', definition: wait(-1), refused: /state "S", Seconds: / },
  {
    what: 'a Wait of a fraction',
    definition: wait(1.5),
    refused: /state "S", Seconds: /,
    validator: [],
    why: 'the validator takes any number; the service whole ones',
  },
  {
    what: 'a Map without processor',
    definition: single({ Type: 'Map' }),
    refused: /state "S", ItemProcessor: this field is missing/,
    validator: ['MAP_ITEM_PROCESSOR'],
  },
  {
    what: 'States.ALL with others',
    definition: task({ Retry: [{ ErrorEquals: ['States.ALL', 'E'] }] }),
    refused: /Retry\[0\]\/ErrorEquals: States\.ALL must stand alone/,
    validator: [],
    why: RULES,
  },
  {
    what: 'States.ALL before others',
    definition: task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }] }),
    refused: /Retry\[0\]\/ErrorEquals: .*in the last rule/,
    validator: [],
    why: RULES,
  },
  {
    what: 'no ErrorEquals',
    definition: task({ Retry: [{ ErrorEquals: [] }] }),
    refused: /state "S", Retry\[0\]\/ErrorEquals: /,
    validator: [],
    why: RULES,
  },
  {
    what: 'a shrinking back-off',
    definition: task({ Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] }),
    refused: /state "S", Retry\[0\]\/BackoffRate: /,
    validator: [],
    why: RULES,
  },
  {
    what: 'an unknown field of a Catch',
    definition: caught({ ResultPath: '$.e' }),
    refused: /state "S", Catch\[0\]\/ResultPath: this field is part of JSONPath/,
    validator: [],
    why: RULES,
  },
];
