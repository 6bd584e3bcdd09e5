import type { ExecutionResult } from '../../../../local/aws/step-functions/state-machine';
import { run, single } from './harness';

async function evaluate(expression: string, input: unknown = {}): Promise<ExecutionResult> {
  return (await run(single({ Type: 'Pass', Output: `{% ${expression} %}` }), input)).result;
}

test.each<[expression: string, output: unknown]>([
  ['$partition([1, 2, 3, 4, 5], 2)', [[1, 2], [3, 4], [5]]],
  ['$partition([1, 2, 3], 2.9)', [[1, 2], [3]]],
  ['$partition([1], 5)', [[1]]],
  ['$range(0, 10, 5)', [0, 5, 10]],
  ['$range(0, 9, 5)', [0, 5]],
  ['$range(-1.7, 2, 1)', [-1, 0, 1, 2]],
  ['$range(3, 1, -1)', [3, 2, 1]],
  ['$range(4, 4, 1)', 4],
  ["$hash('a', 'MD5')", '0cc175b9c0f1b6a831c399e269772661'],
  ["$hash('a', 'SHA-1')", '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
  ["$hash('a', 'SHA-256')", 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
  ["$length($hash('a', 'SHA-384'))", 96],
  ["$length($hash('a', 'SHA-512'))", 128],
  ['$random(7) = $random(7)', true],
  ['$random(7) = $random(8)', false],
  ['$random() >= 0 and $random() < 1', true],
  ['$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/).$exists(match)', true],
  ['$uuid() = $uuid()', false],
  ['$parse(\'{"a": [1, null]}\')', { a: [1, null] }],
  ["$parse('null')", null],
  ['$string($states.input) ~> $parse()', { b: 1 }],
  // JSONata's own, one of each kind.
  ["$join($map([1, 2], function($v) { $string($v) }), '-')", '1-2'],
  ['$now() = $now()', true],
])('%s', async (expression, output) => {
  expect(await evaluate(expression, { b: 1 })).toEqual({ status: 'SUCCEEDED', output });
});

test.each([
  '$partition([], 2)',
  '$partition([1], 0)',
  '$partition([1])',
  '$range(1, 5)',
  '$range(1, 5, 0)',
  '$range(1, 5, -1)',
  "$hash('a')",
  '$parse($states.input.no)',
])('%s gives nothing', async (expression) => {
  const cause = expect.stringContaining('returned nothing (undefined)') as string;
  expect(await evaluate(expression)).toEqual({ status: 'FAILED', error: 'States.QueryEvaluationError', cause });
});

test.each([
  ["$partition('a', 'b')", 'T0410'],
  ["$range('1', 2, 1)", 'T0410'],
  ["$hash('a', 'CRC')", '$hash knows MD5, SHA-1, SHA-256, SHA-384, SHA-512, not CRC'],
  ["$random('a')", 'T0410'],
  ['$uuid(1)', 'T0410'],
  ["$parse('{')", 'JSON'],
])('%s fails', async (expression, problem) => {
  const cause = expect.stringMatching(/threw an error during evaluation/) as string;
  const result = await evaluate(expression);
  expect(result).toEqual({ status: 'FAILED', error: 'States.QueryEvaluationError', cause });
  expect(result).toMatchObject({ cause: expect.stringContaining(problem) as string });
});
