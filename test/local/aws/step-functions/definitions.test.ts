import { UnsupportedDefinition } from '../../../../local/aws/step-functions/state-machine';
import { ACCEPTED } from './definitions/accepted';
import { WRONG_EXPRESSIONS } from './definitions/expressions';
import { NOT_IMPLEMENTED } from './definitions/not-implemented';
import { SCHEMA } from './definitions/row';
import { WRONG_STRUCTURE } from './definitions/structure';
import { machineOf, parse } from './harness';
import { validatorErrors } from './validator';

describe.each([...ACCEPTED, ...NOT_IMPLEMENTED, ...WRONG_EXPRESSIONS, ...WRONG_STRUCTURE])(
  '$what',
  ({ definition, refused, validator, why }) => {
    test('to the interpreter', () => {
      const read = (): unknown => parse(definition as object);
      if (refused === undefined) expect(read).not.toThrow();
      else {
        expect(read).toThrow(UnsupportedDefinition);
        expect(read).toThrow(refused);
      }
    });

    test('to asl-validator', () => {
      const errors = validatorErrors(definition);
      expect(errors).toEqual(validator ?? (refused === undefined ? [] : [SCHEMA]));
      // Where the two do not agree, the row says why, and only there.
      const agree = (refused === undefined) === (errors.length === 0);
      expect(why === undefined).toBe(agree);
    });
  },
);

test('no definition', () => {
  expect(() => parse(JSON.parse('null') as object)).toThrow(/state machine: .*received null/);
});

test('tells every problem at once', () => {
  const refuse = (): unknown =>
    parse(machineOf({ S: { Type: 'Pass', Next: 'X' }, T: { Type: 'Task', Resource: 'r', Next: 'Y' } }));
  expect(refuse).toThrow(/"X"[^]*handles r[^]*"T", name[^]*"Y"/);
});
