import { ECHO, FAIL, machineOf, single } from '../harness';

/** What the Amazon States Language says: a definition, its input, and the output or the error. */
export interface Case {
  readonly name: string;
  readonly definition: object;
  /** @default an empty object */
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: RegExp;
}

export const pass = (fields: object): object => single({ Type: 'Pass', ...fields });
export const task = (fields: object): object => single({ Type: 'Task', Resource: ECHO, ...fields });

/** A task that fails with `error` and the cause "why"; where it has a Catch, that leads to `Caught`, which hands its input on. */
export const failing = (error: string, fields: object): object =>
  machineOf({
    S: { Type: 'Task', Resource: FAIL, Arguments: { error, cause: 'why' }, End: true, ...fields },
    ...('Catch' in fields ? { Caught: { Type: 'Succeed' } } : {}),
  });
