import { createHash, randomUUID } from 'node:crypto';
import { TaskError } from './errors';
import { isObject, sameJson } from './json';

/** An intrinsic function: how many arguments it takes, and what it makes of them (States.IntrinsicFailure if it cannot). */
export interface Intrinsic {
  readonly fewest: number;
  readonly most: number;
  readonly call: (args: readonly unknown[]) => unknown;
}

const LONGEST_TEXT = 10_000;
const LONGEST_RANGE = 1_000;
const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function need(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TaskError('States.IntrinsicFailure', message);
}

function text(value: unknown, what: string): string {
  need(typeof value === 'string', `${what} must be a string`);
  return value;
}

function shortText(value: unknown, what: string): string {
  const result = text(value, what);
  need(result.length <= LONGEST_TEXT, `${what} must not be longer than ${LONGEST_TEXT} characters`);
  return result;
}

/** Rounds as the service does: halves go up, also below zero (-1.5 becomes -1). */
function integer(value: unknown, what: string): number {
  need(typeof value === 'number', `${what} must be a number`);
  return Math.round(value);
}

function list(value: unknown): readonly unknown[] {
  need(Array.isArray(value), 'the first argument must be an array');
  return value as readonly unknown[];
}

/** How States.Format writes a value: objects and arrays as the service's Java collections print, not as JSON. */
function display(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(display).join(', ')}]`;
  if (isObject(value)) {
    const fields = Object.entries(value).map(([name, field]) => `${name}=${display(field)}`);
    return `{${fields.join(', ')}}`;
  }
  return String(value);
}

/** Puts the values between the parts of a States.Format template. */
export function format(parts: readonly string[], values: readonly unknown[]): string {
  need(parts.length - 1 === values.length, `${parts.length - 1} placeholders {} but ${values.length} values`);
  return parts.map((part, index) => part + (index < values.length ? display(values[index]) : '')).join('');
}

function range(first: number, last: number, step: number): number[] {
  need(step !== 0, 'the step must not be 0');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  need(length <= LONGEST_RANGE, `the range must not have more than ${LONGEST_RANGE} items`);
  return Array.from({ length }, (_, index) => first + index * step);
}

/** A number in [0, 1) that the seed alone decides (mulberry32; the service's own generator is not published). */
function seeded(seed: number): number {
  let state = (seed + 0x6d2b79f5) | 0;
  state = Math.imul(state ^ (state >>> 15), state | 1);
  state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
  return ((state ^ (state >>> 14)) >>> 0) / 2 ** 32;
}

function parseJson(source: string): unknown {
  if (source.trim() === '') return null;
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    need(false, `the text is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function takes(fewest: number, most: number, call: Intrinsic['call']): Intrinsic {
  return { fewest, most, call };
}

/** Every intrinsic function of the JSONPath mode, by name. */
export const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  'States.Format': takes(1, Infinity, ([template, ...values]) =>
    format(text(template, 'the template').split('{}'), values),
  ),
  'States.StringToJson': takes(1, 1, ([source]) => parseJson(text(source, 'the argument'))),
  'States.JsonToString': takes(1, 1, ([value]) => JSON.stringify(value)),
  'States.Array': takes(0, Infinity, (items) => items),
  'States.ArrayPartition': takes(2, 2, ([items, size]) => {
    const all = list(items);
    const width = integer(size, 'the chunk size');
    need(width > 0, 'the chunk size must be positive');
    return Array.from({ length: Math.ceil(all.length / width) }, (_, i) => all.slice(i * width, (i + 1) * width));
  }),
  'States.ArrayContains': takes(2, 2, ([items, wanted]) => list(items).some((item) => sameJson(item, wanted))),
  'States.ArrayRange': takes(3, 3, ([first, last, step]) =>
    range(integer(first, 'the first value'), integer(last, 'the last value'), integer(step, 'the step')),
  ),
  'States.ArrayGetItem': takes(2, 2, ([items, index]) => {
    const all = list(items);
    const position = integer(index, 'the index');
    need(position >= 0 && position < all.length, `there is no item ${position} in an array of ${all.length}`);
    return all[position];
  }),
  'States.ArrayLength': takes(1, 1, ([items]) => list(items).length),
  'States.ArrayUnique': takes(1, 1, ([items]) =>
    list(items).filter((item, index, all) => all.findIndex((other) => sameJson(other, item)) === index),
  ),
  'States.Base64Encode': takes(1, 1, ([data]) => Buffer.from(shortText(data, 'the data')).toString('base64')),
  'States.Base64Decode': takes(1, 1, ([data]) => {
    const encoded = shortText(data, 'the data');
    const bytes = Buffer.from(encoded, 'base64');
    need(bytes.toString('base64') === encoded, 'the data is not Base64');
    return bytes.toString('utf8');
  }),
  'States.Hash': takes(2, 2, ([data, algorithm]) => {
    const hash = HASHES[text(algorithm, 'the algorithm')];
    need(hash !== undefined, `the algorithm must be one of ${Object.keys(HASHES).join(', ')}`);
    return createHash(hash).update(shortText(data, 'the data')).digest('hex');
  }),
  'States.JsonMerge': takes(3, 3, ([first, second, deep]) => {
    need(isObject(first) && isObject(second), 'the first two arguments must be objects');
    need(deep === false, 'the third argument must be false: only shallow merging exists');
    return { ...first, ...second };
  }),
  'States.MathRandom': takes(2, 3, ([first, last, seed]) => {
    const from = integer(first, 'the start');
    const to = integer(last, 'the end');
    need(from < to, 'the start must be below the end');
    return from + Math.floor((seed === undefined ? Math.random() : seeded(integer(seed, 'the seed'))) * (to - from));
  }),
  'States.MathAdd': takes(2, 2, ([a, b]) => integer(a, 'the first argument') + integer(b, 'the second argument')),
  'States.StringSplit': takes(2, 2, ([source, splitters]) => {
    const separators = text(splitters, 'the splitter');
    let part = '';
    const parts: string[] = [];
    for (const character of text(source, 'the text')) {
      if (!separators.includes(character)) {
        part += character;
      } else {
        parts.push(part);
        part = '';
      }
    }
    return [...parts, part].filter((piece) => piece !== ''); // The service drops empty pieces.
  }),
  'States.UUID': takes(0, 0, () => randomUUID()),
};
