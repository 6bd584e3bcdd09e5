import { createHash, randomUUID } from 'node:crypto';

/** A function that Step Functions adds to JSONata, with its signature in JSONata's notation (`?`: may be left out). */
interface AddedFunction {
  readonly signature: string;
  /** An argument that the expression leaves undefined arrives as undefined; an undefined answer fails the field. */
  readonly call: (...given: never[]) => unknown;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** The functions of https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html, by name. */
export const ADDED_FUNCTIONS: Readonly<Record<string, AddedFunction>> = {
  partition: { signature: '<a?n?:a>', call: partition },
  range: { signature: '<n?n?n?:a>', call: range },
  hash: { signature: '<s?s?:s>', call: hash },
  random: { signature: '<n?:n>', call: random },
  uuid: { signature: '<:s>', call: () => randomUUID() },
  parse: { signature: '<s?:x>', call: (text?: string) => (text === undefined ? undefined : parse(text)) },
};

/** Numbers are rounded towards zero, as the service does. */
function partition(items?: readonly unknown[], size = 0): unknown[][] | undefined {
  const length = Math.trunc(size);
  if (items === undefined || items.length === 0 || length <= 0) return undefined;
  return Array.from({ length: Math.ceil(items.length / length) }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  );
}

/** From `start` to `end`, which is part of it where a step lands there; one number alone is a number, not an array. */
function range(start?: number, end?: number, step = 0): number[] | number | undefined {
  if (start === undefined || end === undefined) return undefined;
  const [first, last, stride] = [Math.trunc(start), Math.trunc(end), Math.trunc(step)];
  const length = stride === 0 ? 0 : Math.floor((last - first) / stride) + 1;
  if (length <= 0) return undefined;
  const numbers = Array.from({ length }, (_, index) => first + index * stride);
  return length === 1 ? first : numbers;
}

function hash(text?: string, algorithm?: string): string | undefined {
  if (text === undefined || algorithm === undefined) return undefined;
  const name = ALGORITHMS[algorithm];
  if (name === undefined) throw new Error(`$hash knows ${Object.keys(ALGORITHMS).join(', ')}, not ${algorithm}`);
  return createHash(name).update(text).digest('hex');
}

/** In [0, 1): the same for the same seed, though not the service's own number. */
function random(seed?: number): number {
  if (seed === undefined) return Math.random();
  return (
    createHash('sha256')
      .update(String(Math.trunc(seed)))
      .digest()
      .readUIntBE(0, 6) /
    2 ** 48
  );
}

function parse(text: string): unknown {
  return JSON.parse(text) as unknown;
}
