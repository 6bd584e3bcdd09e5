import { branchOf, ECHO, machineOf, single } from '../harness';

/** A definition and what is wrong with it; `why` is there where asl-validator and the interpreter do not agree. */
export interface Row {
  readonly what: string;
  readonly definition: unknown;
  /** What the interpreter refuses it for. @default it runs it */
  readonly refused?: RegExp;
  /** What asl-validator calls it. @default nothing where the interpreter runs it, else SCHEMA_VALIDATION_FAILED */
  readonly validator?: readonly string[];
  readonly why?: string;
}

export const SCHEMA = 'SCHEMA_VALIDATION_FAILED';
export const TARGET = 'MISSING_TRANSITION_TARGET';

export const pass = (fields: object): object => single({ Type: 'Pass', ...fields });
export const task = (fields: object): object => single({ Type: 'Task', Resource: ECHO, ...fields });
export const wait = (Seconds: unknown): object => single({ Type: 'Wait', Seconds });
export const inner = branchOf({ I: { Type: 'Succeed' } });
export const map = (fields: object): object => single({ Type: 'Map', ItemProcessor: inner, ...fields });
export const choice = (rule: object, fields: object = {}): object =>
  machineOf({ S: { Type: 'Choice', Choices: [{ Next: 'T', ...rule }], ...fields }, T: { Type: 'Succeed' } });
export const TRUE = { Condition: '{% true %}' };
export const caught = (rule: object): object =>
  machineOf({
    S: { Type: 'Task', Resource: ECHO, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'T', ...rule }], End: true },
    T: { Type: 'Succeed' },
  });

export const STRICTER = 'what is not implemented here is valid on AWS';
export const PARSE_ONLY = 'the validator parses expressions and does not look at what they refer to; AWS does';
export const NAMES = 'the validator does not know the rules of names';
export const RULES = 'the validator does not look into rules of Retry and Catch';
