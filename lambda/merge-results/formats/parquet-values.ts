import { parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';

/* The way back from what `encodeValue` (lambda/shared/batch.ts) has made of a Parquet file's values, by the file's schema. */

/** What a file's metadata has beside its schema. */
const NO_ROWS = { version: 2, num_rows: 0n, row_groups: [], metadata_length: 0 };

type Leaf = (value: unknown, element: SchemaElement) => unknown;

/** Values for hyparquet-writer. */
export function parquetValues(schema: readonly SchemaElement[]): (values: readonly unknown[]) => unknown[] {
  return convertedBy(schema, toParquet);
}

/** Values for JSON, where a whole number of 64 bits is a number as long as JavaScript's can be trusted with it. */
export function plainValues(schema: readonly SchemaElement[]): (values: readonly unknown[]) => unknown[] {
  return convertedBy(schema, (value, element) => {
    const isSafe = isInteger64(element) && Number.isSafeInteger(Number(value));
    return isSafe ? Number(value) : value;
  });
}

function convertedBy(schema: readonly SchemaElement[], leaf: Leaf): (values: readonly unknown[]) => unknown[] {
  const columns = parquetSchema({ ...NO_ROWS, schema: [...schema] }).children;
  return (values) =>
    values.map((value, place) => {
      const column = columns[place];
      return column === undefined ? value : converted(value, column, leaf);
    });
}

/** A list's and a map's middle levels are none of the value's own. */
function converted(value: unknown, tree: SchemaTree, leaf: Leaf): unknown {
  const { element, children } = tree;
  if (value === null || value === undefined) {
    return null;
  }
  if (children.length === 0) {
    return Array.isArray(value) && element.repetition_type === 'REPEATED'
      ? value.map((each: unknown) => leaf(each, element))
      : leaf(value, element);
  }
  const [only] = children;
  if (Array.isArray(value)) {
    const inner =
      only !== undefined && children.length === 1 ? (only.children.length === 1 ? only.children[0] : only) : tree;
    return value.map((each: unknown) => (inner === undefined ? each : converted(each, inner, leaf)));
  }
  if (typeof value !== 'object') {
    return value;
  }
  if (element.converted_type === 'MAP') {
    const values = only?.children.find((child) => child.element.name === 'value');
    return mapped(value, () => values, leaf);
  }
  return mapped(value, (name) => children.find((child) => child.element.name === name), leaf);
}

function mapped(value: object, treeOf: (name: string) => SchemaTree | undefined, leaf: Leaf): object {
  const entries = Object.entries(value).map(([name, each]) => {
    const tree = treeOf(name);
    return [name, tree === undefined ? each : converted(each, tree, leaf)] as const;
  });
  return Object.fromEntries(entries);
}

function toParquet(value: unknown, element: SchemaElement): unknown {
  const { type, converted_type, logical_type } = element;
  if (isTime(element)) {
    return /^-?\d+$/.test(String(value)) ? BigInt(String(value)) : new Date(String(value));
  }
  if (isInteger64(element)) {
    return BigInt(String(value));
  }
  if (type === 'FLOAT' || type === 'DOUBLE') {
    return Number(value);
  }
  const isText = converted_type === 'UTF8' || converted_type === 'JSON' || logical_type?.type === 'UUID';
  if (typeof value !== 'string' || isText) {
    return value;
  }
  return Buffer.from(value, type === 'FIXED_LEN_BYTE_ARRAY' ? 'base64' : 'utf8');
}

function isTime({ type, converted_type, logical_type }: SchemaElement): boolean {
  const isTimestamp = converted_type === 'TIMESTAMP_MILLIS' || converted_type === 'TIMESTAMP_MICROS';
  return type === 'INT96' || isTimestamp || converted_type === 'DATE' || logical_type?.type === 'TIMESTAMP';
}

function isInteger64(element: SchemaElement): boolean {
  return element.type === 'INT64' && element.converted_type !== 'DECIMAL' && !isTime(element);
}
