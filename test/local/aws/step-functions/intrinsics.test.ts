import type { ExecutionResult } from '../../../../local/aws/step-functions/state-machine';
import { run, single } from './harness';

/** An intrinsic call, the input it reads, and its result; `failure` is part of the cause of States.IntrinsicFailure. */
interface Case {
  readonly call: string;
  readonly input?: unknown;
  readonly result?: unknown;
  readonly failure?: string;
}

const CASES: Case[] = [
  { call: "States.Format('Hi {}, {}!', $.n, 7)", input: { n: 'Ann' }, result: 'Hi Ann, 7!' },
  { call: "States.Format('{} {} {}', null, true, 1.5)", result: 'null true 1.5' },
  { call: "States.Format('{}', $)", input: { a: 1, b: [{ c: 'd' }, 2] }, result: '{a=1, b=[{c=d}, 2]}' },
  { call: String.raw`States.Format('\{{}\} it\'s a \\ {}', 1, '{}')`, result: String.raw`{1} it's a \ {}` },
  { call: 'States.Format($.t, 1)', input: { t: 'a{}b' }, result: 'a1b' },
  { call: "States.Format('no placeholder')", result: 'no placeholder' },
  { call: "States.Format('{} {}', 1)", failure: 'States.Format failed: 2 placeholders {} but 1 values.' },
  { call: 'States.StringToJson($.s)', input: { s: '{"a":[1,"b"]}' }, result: { a: [1, 'b'] } },
  { call: 'States.StringToJson($.s)', input: { s: ' ' }, result: null },
  { call: `States.StringToJson('{"a": "false"}')`, result: { a: 'false' } },
  { call: 'States.StringToJson($.s)', input: { s: '{' }, failure: 'the text is not JSON' },
  { call: 'States.JsonToString($)', input: { a: 'say "hi" \\ ü' }, result: String.raw`{"a":"say \"hi\" \\ ü"}` },
  { call: 'States.StringToJson(States.JsonToString($))', input: { a: 'say "hi" \\' }, result: { a: 'say "hi" \\' } },
  { call: 'States.Array()', result: [] },
  { call: "States.Array('a', 1, $.x, null)", input: { x: [2] }, result: ['a', 1, [2], null] },
  { call: 'States.ArrayPartition($, 2)', input: [1, 2, 3], result: [[1, 2], [3]] },
  { call: 'States.ArrayPartition($, 2)', input: [], result: [] },
  { call: 'States.ArrayPartition($, 0)', input: [1], failure: 'the chunk size must be positive' },
  { call: 'States.ArrayContains($, $[1])', input: [1, { a: [2] }], result: true },
  { call: "States.ArrayContains($, '1')", input: [1], result: false },
  { call: 'States.ArrayRange(1, 9, 2)', result: [1, 3, 5, 7, 9] },
  { call: 'States.ArrayRange(0, 10, 3)', result: [0, 3, 6, 9] },
  { call: 'States.ArrayRange(3, 1, -1)', result: [3, 2, 1] },
  { call: 'States.ArrayRange(1, 2, 0)', failure: 'the step must not be 0' },
  { call: 'States.ArrayRange(1, 1001, 1)', failure: 'must not have more than 1000 items' },
  { call: 'States.ArrayGetItem($, 1)', input: [1, null], result: null },
  { call: 'States.ArrayGetItem($, 2)', input: [1, 2], failure: 'there is no item 2 in an array of 2' },
  { call: 'States.ArrayLength($)', input: [1, 2], result: 2 },
  { call: 'States.ArrayLength($)', input: 'ab', failure: 'the first argument must be an array' },
  { call: 'States.ArrayUnique($)', input: [1, '1', 1, { a: 1 }, { a: 1 }, null], result: [1, '1', { a: 1 }, null] },
  { call: "States.Base64Encode('Data to encode')", result: 'RGF0YSB0byBlbmNvZGU=' },
  { call: "States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", result: 'Data to encode' },
  { call: "States.Base64Decode('!')", failure: 'the data is not Base64' },
  { call: "States.Hash('input data', 'MD5')", result: '812f45842bc6d66ee14572ce20db8e86' },
  { call: "States.Hash('input data', 'SHA-1')", result: 'aaff4a450a104cd177d28d18d74485e8cae074b7' },
  {
    call: "States.Hash('input data', 'SHA-256')",
    result: 'b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3',
  },
  { call: "States.Hash('input data', 'SHA-3')", failure: 'the algorithm must be one of' },
  {
    call: 'States.JsonMerge($.a, $.b, false)',
    input: { a: { x: { y: 1 }, z: 1 }, b: { x: 2 } },
    result: { x: 2, z: 1 },
  },
  { call: 'States.JsonMerge($, $, true)', failure: 'only shallow merging exists' },
  { call: 'States.MathAdd(1.49, -1.5)', result: 0 },
  { call: 'States.MathAdd($.a, -1)', input: { a: 1 }, result: 0 },
  { call: "States.MathAdd('1', 1)", failure: 'the first argument must be a number' },
  { call: "States.StringSplit('1.2,,3', '.,')", result: ['1', '2', '3'] },
  { call: String.raw`States.ArrayGetItem(States.StringSplit('a\'b', '\''), States.MathAdd(0, 1))`, result: 'b' },
  { call: 'States.ArrayLength($.l[?(@.a > 1)])', input: { l: [{ a: 1 }, { a: 2 }] }, result: 1 },
];

const outputOf = (result: ExecutionResult): unknown => (result.status === 'SUCCEEDED' ? result.output : undefined);

const evaluate = (call: string): object => single({ Type: 'Pass', Parameters: { 'r.$': call }, OutputPath: '$.r' });

test.each(CASES)('$call with $input', async ({ call, input = {}, result: expected, failure }) => {
  const { result } = await run(evaluate(call), input);
  if (failure === undefined) expect(result).toEqual({ status: 'SUCCEEDED', output: expected });
  else {
    const cause = expect.stringContaining(failure) as string;
    expect(result).toEqual({ status: 'FAILED', error: 'States.IntrinsicFailure', cause });
  }
});

test('States.UUID gives another version 4 identifier each time', async () => {
  const { result } = await run(evaluate('States.Array(States.UUID(), States.UUID())'));
  const [first, second] = outputOf(result) as string[];
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(second).not.toBe(first);
});

test('States.MathRandom stays below its end, and a seed decides it', async () => {
  const calls = Array.from(
    { length: 50 },
    (_, seed) => `States.MathRandom(3, 6, ${seed}), States.MathRandom(3, 6, ${seed})`,
  );
  const { result } = await run(evaluate(`States.Array(States.MathRandom(1, 2), ${calls.join(', ')})`));
  const [unseeded, ...pairs] = outputOf(result) as number[];
  expect(unseeded).toBe(1);
  expect(new Set(pairs)).toEqual(new Set([3, 4, 5]));
  expect(pairs.filter((_, i) => i % 2 === 0)).toEqual(pairs.filter((_, i) => i % 2 === 1));
});
