import { readEnvironment } from '../../../lambda/shared/environment';

test('reads the named variables', () => {
  process.env.FIRST = 'one';
  process.env.SECOND = 'two';
  expect(readEnvironment('FIRST', 'SECOND')).toEqual({ FIRST: 'one', SECOND: 'two' });
});

test('names every variable that is missing or empty', () => {
  process.env.PRESENT = 'yes';
  process.env.EMPTY = '';
  expect(() => readEnvironment('PRESENT', 'EMPTY', 'ABSENT')).toThrow("the function's environment lacks EMPTY, ABSENT");
});
